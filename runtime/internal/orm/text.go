package orm

import "strings"

// verbs are the words of statements that write.
var verbs = []string{"insert", "update", "delete", "merge", "replace", "truncate", "copy", "drop"}

// MayWrite reports that a statement may change rows. One that begins with SELECT does not, though
// it may lock rows FOR UPDATE.
func MayWrite(sql string) bool {
	sql = strings.TrimLeft(sql, " \t\r\n(")
	if len(sql) >= 6 && strings.EqualFold(sql[:6], "select") {
		return false
	}
	for _, verb := range verbs {
		if Mentions(sql, verb) {
			return true
		}
	}
	return false
}

// Mentions reports that a word stands in a statement, in either case, quoted or not.
func Mentions(sql, word string) bool {
	if word == "" {
		return false
	}
	for at := 0; at+len(word) <= len(sql); at++ {
		if strings.EqualFold(sql[at:at+len(word)], word) &&
			(at == 0 || !inWord(sql[at-1])) && (at+len(word) == len(sql) || !inWord(sql[at+len(word)])) {
			return true
		}
	}
	return false
}

// inWord reports that a byte goes on with an identifier, or is a part of a letter.
func inWord(b byte) bool {
	return b == '_' || b == '$' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}
