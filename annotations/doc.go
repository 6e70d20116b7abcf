// Package annotations is the language of cachegen's directives: it turns comment lines into options
// with positions, and mistakes into messages.
//
//	//cache:ttl=600 prefix=contact notfound=30s
//	//cache:invalidate=contact:{c.ID},contact:list:* onsuccess // a remark
//
// The package knows text and nothing of Go's types. It does not know whether {c.ID} exists.
//
// # Grammar
//
// A directive is a comment line in Go's own syntax for directives. Several lines above one
// declaration stack; the order of lines and of options means nothing. Quoted words stand for
// themselves, [ ] may be left out, { } repeats or not, and between two options there is white
// space.
//
//	directive   = "//cache:" option { space option } [ space "//" remark ] .
//	option      = name [ "=" ( value | quoted ) ] .
//	quoted      = a value in "double quotes" or `back quotes`, as Go has them; it may hold spaces .
//	value       = "off" | duration | percent | number | constant | path |
//	              template | patterns | param | params | tenant | identity |
//	              types | tiers .
//
//	duration    = seconds | a Go duration, as in 1h30m | constant .        above 0, up to 876000h
//	constant    = identifier [ "." identifier ] .
//	percent     = digits "%" .                                            1% to 99%
//	number      = digits .                                                1 and up
//
//	path        = text { ":" text } .
//	template    = segment { ":" segment } .
//	patterns    = pattern { "," pattern } .
//	pattern     = "*" | text { ":" segment } [ ":" "*" ] .
//	segment     = [ text ] placeholder [ text ] | text .
//	text        = printable characters and spaces, without : , * { } .
//	placeholder = "{" expression "}" .
//	expression  = ( identifier | call ) { "." identifier [ "()" ] } .     a parameter, fields, methods
//	call        = identifier "(" expression ")" .                         a function of the package
//
//	param       = "{" identifier "}" .
//	params      = param { "," param } .
//	types       = type { "," type } .
//	type        = identifier [ "." identifier ] .
//	tenant      = "context" | "global" | "*" | placeholder .
//	identity    = "position" | placeholder .
//	tiers       = tier { "," tier } .                                     local is one of them
//	tier        = "local" | "redis" | "sql" | "file" .
//
// On which line an option stands matters for tenant alone. On a line with invalidate or put it is
// about the patterns of that line, and each such line may have one. On any other line it is about
// all the rest: reads, and patterns whose line has none.
//
//	//cache:invalidate=user:{u.ID}
//	//cache:invalidate=plan:* tenant=global
//
// Which option takes which value, whether "off" is one, and what goes together is the table that
// [Options] returns. An option without a value is a flag. Values never hold control characters or
// invalid UTF-8, in quotes or not.
package annotations
