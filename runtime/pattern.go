package runtime

import (
	"errors"
	"fmt"
	"strings"
)

// parsePattern reads a pattern given by hand and returns its path in encoded form.
func parsePattern(pattern string) (path string, all bool, err error) {
	switch {
	case pattern == "":
		return "", false, errors.New(`empty; write "*" for everything`)
	case pattern == "*":
		return "", true, nil
	}
	path, all = strings.CutSuffix(pattern, ":*")
	if strings.Contains(path, "*") {
		return "", false, errors.New(`"*" stands for all that follows and can only be the last segment, as in "contact:*"`)
	}
	var encoded []byte
	for i, segment := range strings.Split(path, string(separator)) {
		if i > 0 {
			encoded = append(encoded, separator)
		}
		if i == 0 && segment == "" {
			return "", false, errors.New("its first segment is empty")
		}
		if j := strings.IndexByte(segment, '%'); j >= 0 && unescape(segment) == segment {
			return "", false, fmt.Errorf(`%q is no escape; write a percent sign as %%25`, segment[j:])
		}
		encoded = appendEscaped(encoded, unescape(segment))
	}
	return string(encoded), all, nil
}
