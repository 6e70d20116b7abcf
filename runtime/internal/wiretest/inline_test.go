package wiretest

import (
	"os/exec"
	"strings"
	"testing"
)

// Generated code imports runtime, whose Encoder and Decoder are aliases. The compiler must inline
// their small methods as if runtime declared them.
func TestSmallMethodsAreInlined(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-m", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, method := range []string{
		"Encoder).Bool", "Encoder).Bytes", "Encoder).Enter", "Encoder).Float64", "Encoder).Int",
		"Encoder).Int16", "Encoder).Int8", "Encoder).Leave", "Encoder).Len", "Encoder).Own",
		"Encoder).Present", "Encoder).String", "Encoder).Uint64",
		"Decoder).Bool", "Decoder).Enter", "Decoder).Int", "Decoder).Int16", "Decoder).Int8",
		"Decoder).Leave", "Decoder).Present", "Decoder).Uint64",
	} {
		if !strings.Contains(string(out), "inlining call to wire.(*"+method+"\n") {
			t.Errorf("(*%s is not inlined", method)
		}
	}
}
