package annotations

// IsDirective reports whether a comment is one of ours: "//cache:" and an option, in Go's own syntax for directives.
func IsDirective(comment string) bool { return false }

// NearMiss returns what is wrong with a comment that was probably meant as a directive but is none, such as "// cache:ttl=600",
// "//cache: ttl=600", "//Cache:ttl=600", "//cachegen:ttl=600" or "/* cache:ttl=600 */", and nil for any other comment, directives included.
// The span counts from the first byte of the comment; its line is 0 even inside a /* comment */ of many lines.
func NearMiss(comment string) *Error { return nil }
