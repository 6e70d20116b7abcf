package jen

// Append is append(args).
func Append(args ...Code) *Statement { return newStatement().Append(args...) }

// Append adds what [Append] begins.
func (s *Statement) Append(args ...Code) *Statement { return s.token(word, "append").group(call, args) }

// Cap is cap(args).
func Cap(args ...Code) *Statement { return newStatement().Cap(args...) }

// Cap adds what [Cap] begins.
func (s *Statement) Cap(args ...Code) *Statement { return s.token(word, "cap").group(call, args) }

// Clear is clear(args).
func Clear(args ...Code) *Statement { return newStatement().Clear(args...) }

// Clear adds what [Clear] begins.
func (s *Statement) Clear(args ...Code) *Statement { return s.token(word, "clear").group(call, args) }

// Close is close(args).
func Close(args ...Code) *Statement { return newStatement().Close(args...) }

// Close adds what [Close] begins.
func (s *Statement) Close(args ...Code) *Statement { return s.token(word, "close").group(call, args) }

// Copy is copy(args).
func Copy(args ...Code) *Statement { return newStatement().Copy(args...) }

// Copy adds what [Copy] begins.
func (s *Statement) Copy(args ...Code) *Statement { return s.token(word, "copy").group(call, args) }

// Delete is delete(args).
func Delete(args ...Code) *Statement { return newStatement().Delete(args...) }

// Delete adds what [Delete] begins.
func (s *Statement) Delete(args ...Code) *Statement { return s.token(word, "delete").group(call, args) }

// Len is len(args).
func Len(args ...Code) *Statement { return newStatement().Len(args...) }

// Len adds what [Len] begins.
func (s *Statement) Len(args ...Code) *Statement { return s.token(word, "len").group(call, args) }

// Make is make(args).
func Make(args ...Code) *Statement { return newStatement().Make(args...) }

// Make adds what [Make] begins.
func (s *Statement) Make(args ...Code) *Statement { return s.token(word, "make").group(call, args) }

// Max is max(args).
func Max(args ...Code) *Statement { return newStatement().Max(args...) }

// Max adds what [Max] begins.
func (s *Statement) Max(args ...Code) *Statement { return s.token(word, "max").group(call, args) }

// Min is min(args).
func Min(args ...Code) *Statement { return newStatement().Min(args...) }

// Min adds what [Min] begins.
func (s *Statement) Min(args ...Code) *Statement { return s.token(word, "min").group(call, args) }

// New is new(args).
func New(args ...Code) *Statement { return newStatement().New(args...) }

// New adds what [New] begins.
func (s *Statement) New(args ...Code) *Statement { return s.token(word, "new").group(call, args) }

// Panic is panic(args).
func Panic(args ...Code) *Statement { return newStatement().Panic(args...) }

// Panic adds what [Panic] begins.
func (s *Statement) Panic(args ...Code) *Statement { return s.token(word, "panic").group(call, args) }

// Print is print(args).
func Print(args ...Code) *Statement { return newStatement().Print(args...) }

// Print adds what [Print] begins.
func (s *Statement) Print(args ...Code) *Statement { return s.token(word, "print").group(call, args) }

// Println is println(args).
func Println(args ...Code) *Statement { return newStatement().Println(args...) }

// Println adds what [Println] begins.
func (s *Statement) Println(args ...Code) *Statement {
	return s.token(word, "println").group(call, args)
}

// Recover is recover(args).
func Recover(args ...Code) *Statement { return newStatement().Recover(args...) }

// Recover adds what [Recover] begins.
func (s *Statement) Recover(args ...Code) *Statement {
	return s.token(word, "recover").group(call, args)
}

// Any is any.
func Any() *Statement { return newStatement().Any() }

// Any adds what [Any] begins.
func (s *Statement) Any() *Statement { return s.token(word, "any") }

// Bool is bool.
func Bool() *Statement { return newStatement().Bool() }

// Bool adds what [Bool] begins.
func (s *Statement) Bool() *Statement { return s.token(word, "bool") }

// Byte is byte.
func Byte() *Statement { return newStatement().Byte() }

// Byte adds what [Byte] begins.
func (s *Statement) Byte() *Statement { return s.token(word, "byte") }

// Comparable is comparable.
func Comparable() *Statement { return newStatement().Comparable() }

// Comparable adds what [Comparable] begins.
func (s *Statement) Comparable() *Statement { return s.token(word, "comparable") }

// Complex128 is complex128.
func Complex128() *Statement { return newStatement().Complex128() }

// Complex128 adds what [Complex128] begins.
func (s *Statement) Complex128() *Statement { return s.token(word, "complex128") }

// Complex64 is complex64.
func Complex64() *Statement { return newStatement().Complex64() }

// Complex64 adds what [Complex64] begins.
func (s *Statement) Complex64() *Statement { return s.token(word, "complex64") }

// Error is error.
func Error() *Statement { return newStatement().Error() }

// Error adds what [Error] begins.
func (s *Statement) Error() *Statement { return s.token(word, "error") }

// False is false.
func False() *Statement { return newStatement().False() }

// False adds what [False] begins.
func (s *Statement) False() *Statement { return s.token(word, "false") }

// Float32 is float32.
func Float32() *Statement { return newStatement().Float32() }

// Float32 adds what [Float32] begins.
func (s *Statement) Float32() *Statement { return s.token(word, "float32") }

// Float64 is float64.
func Float64() *Statement { return newStatement().Float64() }

// Float64 adds what [Float64] begins.
func (s *Statement) Float64() *Statement { return s.token(word, "float64") }

// Int is int.
func Int() *Statement { return newStatement().Int() }

// Int adds what [Int] begins.
func (s *Statement) Int() *Statement { return s.token(word, "int") }

// Int8 is int8.
func Int8() *Statement { return newStatement().Int8() }

// Int8 adds what [Int8] begins.
func (s *Statement) Int8() *Statement { return s.token(word, "int8") }

// Int16 is int16.
func Int16() *Statement { return newStatement().Int16() }

// Int16 adds what [Int16] begins.
func (s *Statement) Int16() *Statement { return s.token(word, "int16") }

// Int32 is int32.
func Int32() *Statement { return newStatement().Int32() }

// Int32 adds what [Int32] begins.
func (s *Statement) Int32() *Statement { return s.token(word, "int32") }

// Int64 is int64.
func Int64() *Statement { return newStatement().Int64() }

// Int64 adds what [Int64] begins.
func (s *Statement) Int64() *Statement { return s.token(word, "int64") }

// Iota is iota.
func Iota() *Statement { return newStatement().Iota() }

// Iota adds what [Iota] begins.
func (s *Statement) Iota() *Statement { return s.token(word, "iota") }

// Nil is nil.
func Nil() *Statement { return newStatement().Nil() }

// Nil adds what [Nil] begins.
func (s *Statement) Nil() *Statement { return s.token(word, "nil") }

// Rune is rune.
func Rune() *Statement { return newStatement().Rune() }

// Rune adds what [Rune] begins.
func (s *Statement) Rune() *Statement { return s.token(word, "rune") }

// String is string.
func String() *Statement { return newStatement().String() }

// String adds what [String] begins.
func (s *Statement) String() *Statement { return s.token(word, "string") }

// True is true.
func True() *Statement { return newStatement().True() }

// True adds what [True] begins.
func (s *Statement) True() *Statement { return s.token(word, "true") }

// Uint is uint.
func Uint() *Statement { return newStatement().Uint() }

// Uint adds what [Uint] begins.
func (s *Statement) Uint() *Statement { return s.token(word, "uint") }

// Uint8 is uint8.
func Uint8() *Statement { return newStatement().Uint8() }

// Uint8 adds what [Uint8] begins.
func (s *Statement) Uint8() *Statement { return s.token(word, "uint8") }

// Uint16 is uint16.
func Uint16() *Statement { return newStatement().Uint16() }

// Uint16 adds what [Uint16] begins.
func (s *Statement) Uint16() *Statement { return s.token(word, "uint16") }

// Uint32 is uint32.
func Uint32() *Statement { return newStatement().Uint32() }

// Uint32 adds what [Uint32] begins.
func (s *Statement) Uint32() *Statement { return s.token(word, "uint32") }

// Uint64 is uint64.
func Uint64() *Statement { return newStatement().Uint64() }

// Uint64 adds what [Uint64] begins.
func (s *Statement) Uint64() *Statement { return s.token(word, "uint64") }

// Uintptr is uintptr.
func Uintptr() *Statement { return newStatement().Uintptr() }

// Uintptr adds what [Uintptr] begins.
func (s *Statement) Uintptr() *Statement { return s.token(word, "uintptr") }

// Err is err.
func Err() *Statement { return newStatement().Err() }

// Err adds what [Err] begins.
func (s *Statement) Err() *Statement { return s.token(word, "err") }

// Break is the keyword break.
func Break() *Statement { return newStatement().Break() }

// Break adds what [Break] begins.
func (s *Statement) Break() *Statement { return s.token(keyword, "break") }

// Chan is the keyword chan.
func Chan() *Statement { return newStatement().Chan() }

// Chan adds what [Chan] begins.
func (s *Statement) Chan() *Statement { return s.token(keyword, "chan") }

// Const is the keyword const.
func Const() *Statement { return newStatement().Const() }

// Const adds what [Const] begins.
func (s *Statement) Const() *Statement { return s.token(keyword, "const") }

// Continue is the keyword continue.
func Continue() *Statement { return newStatement().Continue() }

// Continue adds what [Continue] begins.
func (s *Statement) Continue() *Statement { return s.token(keyword, "continue") }

// Default is the keyword default.
func Default() *Statement { return newStatement().Default() }

// Default adds what [Default] begins.
func (s *Statement) Default() *Statement { return s.token(keyword, "default") }

// Defer is the keyword defer.
func Defer() *Statement { return newStatement().Defer() }

// Defer adds what [Defer] begins.
func (s *Statement) Defer() *Statement { return s.token(keyword, "defer") }

// Else is the keyword else.
func Else() *Statement { return newStatement().Else() }

// Else adds what [Else] begins.
func (s *Statement) Else() *Statement { return s.token(keyword, "else") }

// Fallthrough is the keyword fallthrough.
func Fallthrough() *Statement { return newStatement().Fallthrough() }

// Fallthrough adds what [Fallthrough] begins.
func (s *Statement) Fallthrough() *Statement { return s.token(keyword, "fallthrough") }

// Func is the keyword func.
func Func() *Statement { return newStatement().Func() }

// Func adds what [Func] begins.
func (s *Statement) Func() *Statement { return s.token(keyword, "func") }

// Go is the keyword go.
func Go() *Statement { return newStatement().Go() }

// Go adds what [Go] begins.
func (s *Statement) Go() *Statement { return s.token(keyword, "go") }

// Goto is the keyword goto.
func Goto() *Statement { return newStatement().Goto() }

// Goto adds what [Goto] begins.
func (s *Statement) Goto() *Statement { return s.token(keyword, "goto") }

// Range is the keyword range.
func Range() *Statement { return newStatement().Range() }

// Range adds what [Range] begins.
func (s *Statement) Range() *Statement { return s.token(keyword, "range") }

// Select is the keyword select.
func Select() *Statement { return newStatement().Select() }

// Select adds what [Select] begins.
func (s *Statement) Select() *Statement { return s.token(keyword, "select") }

// Type is the keyword type.
func Type() *Statement { return newStatement().Type() }

// Type adds what [Type] begins.
func (s *Statement) Type() *Statement { return s.token(keyword, "type") }

// Var is the keyword var.
func Var() *Statement { return newStatement().Var() }

// Var adds what [Var] begins.
func (s *Statement) Var() *Statement { return s.token(keyword, "var") }
