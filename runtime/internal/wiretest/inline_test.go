package wiretest

import (
	"os/exec"
	"strings"
	"testing"
)

// Generated code imports runtime, whose Encoder and Decoder are aliases. The compiler must inline
// the small methods as if runtime declared them, but for those that append: what makes room would
// stand in all generated code once per field.
func TestSmallMethodsAreInlined(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-m", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, method := range []string{
		"Encoder).Int", "Encoder).Int16", "Encoder).Leave", "Encoder).Present", "Encoder).Uint64",
		"Decoder).Bool", "Decoder).Enter", "Decoder).Int", "Decoder).Int16", "Decoder).Int8",
		"Decoder).Leave", "Decoder).Present", "Decoder).Uint64",
	} {
		if !strings.Contains(string(out), "inlining call to wire.(*"+method+"\n") {
			t.Errorf("(*%s is not inlined", method)
		}
	}
	for _, method := range []string{"Bool", "Bytes", "Enter", "Float64", "Int8", "Len", "Own", "String"} {
		if strings.Contains(string(out), "inlining call to wire.(*Encoder)."+method+"\n") {
			t.Errorf("(*Encoder).%s is inlined", method)
		}
	}
}
