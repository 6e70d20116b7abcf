package annotations

// String prints directive lines that parse back to an equal block, spans aside: one line for each line it came from.
func (b *Block) String() string { return "" }

// String prints the option with its value, quoted where it must be.
func (o Option) String() string { return "" }

func (Flag) String() string          { return "" }
func (Off) String() string           { return "" }
func (Duration) String() string      { return "" }
func (Const) String() string         { return "" }
func (Percent) String() string       { return "" }
func (Int) String() string           { return "" }
func (Path) String() string          { return "" }
func (Template) String() string      { return "" }
func (Patterns) String() string      { return "" }
func (Params) String() string        { return "" }
func (TenantContext) String() string { return "" }
func (TenantGlobal) String() string  { return "" }
func (TenantAll) String() string     { return "" }
func (TenantParam) String() string   { return "" }
func (Invalid) String() string       { return "" }

// String prints the pattern as it stands in a directive.
func (p Pattern) String() string { return "" }

// String prints the segment as it stands in a directive.
func (s Segment) String() string { return "" }

// String returns the text.
func (t Text) String() string { return t.Text }

// String prints the placeholder with its braces.
func (p Placeholder) String() string { return "" }
