package runtime_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// oldest is the Redis that the runtime needs.
const oldest = "6.2.0"

// since lists the commands that the runtime sends, and those of its scripts, beside the version of
// Redis that brought them.
var since = map[string]string{
	"DEL":        "1.0.0",
	"EVAL":       "2.6.0",
	"EVALSHA":    "2.6.0",
	"GET":        "1.0.0",
	"GETRANGE":   "2.4.0",
	"HDEL":       "2.0.0",
	"HELLO":      "6.0.0",
	"HEXISTS":    "2.0.0",
	"HGET":       "2.0.0",
	"HLEN":       "2.0.0",
	"HMGET":      "2.0.0",
	"HRANDFIELD": "6.2.0",
	"HSCAN":      "2.8.0",
	"HSET":       "2.0.0", // several fields at once: 4.0.0
	"INFO":       "1.0.0",
	"MGET":       "1.0.0",
	"PEXPIRE":    "2.6.0",
	"PTTL":       "2.6.0",
	"QUIT":       "1.0.0", // no ACL takes it away
	"RENAME":     "1.0.0",
	"SET":        "1.0.0", // PX: 2.6.12
	"SETRANGE":   "2.2.0",
	"TIME":       "2.6.0", // before a write in the same script: 5.0.0
	"UNLINK":     "4.0.0",
	"XADD":       "5.0.0",
	"XLEN":       "5.0.0",
	"XTRIM":      "5.0.0", // MINID: 6.2.0
	"XRANGE":     "5.0.0",
	"XREAD":      "5.0.0",
	"XREVRANGE":  "5.0.0",
}

// The runtime uses nothing that its oldest Redis does not have: no command, no option of one, no
// function of Lua. What a Redis of today says of its commands is what the table is held against.
func TestNothingNewerThanRedis62IsUsed(t *testing.T) {
	used := make(map[string]bool)
	call := regexp.MustCompile(`\bredis\.(\w+)\s*(?:\(\s*'(\w+)'([^\n]*))?`)
	scripts, err := filepath.Glob("internal/store/scripts/*.lua")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, file := range scripts {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(text), "#!lua", "%s: a script says what it is only from 7.0 on", file)
		code := regexp.MustCompile(`--[^\n]*`).ReplaceAllString(string(text), "")
		for _, m := range call.FindAllStringSubmatch(code, -1) {
			if slices.Contains([]string{"set_repl", "REPL_NONE", "REPL_ALL", "error_reply"}, m[1]) {
				continue // since 3.2, or before
			}
			require.Contains(t, []string{"call", "pcall"}, m[1], "%s: since when is there redis.%s?", file, m[1])
			require.NotEmpty(t, m[2], "%s: %s: the name of a command is not a literal", file, m[0])
			used[m[2]] = true
			if m[2] == "PEXPIRE" {
				require.Regexp(t, `^, [\w\[\].]+, [\w\[\].]+\)`, m[3], "%s: options of PEXPIRE came with 7.0", file)
			}
		}
	}
	for command := range sent(t) {
		used[command] = true
	}
	for command := range used {
		version, ok := since[command]
		require.True(t, ok, "%s is used: since when is there that command?", command)
		require.LessOrEqual(t, compareVersions(version, oldest), 0, "%s came with Redis %s", command, version)
	}

	c := redistest.Start(t).Admin()
	for command, version := range since {
		docs, err := c.Do(context.Background(), "COMMAND", "DOCS", command).Result()
		if err != nil {
			t.Skipf("this Redis does not tell: %v", err)
		}
		for _, doc := range docs.(map[any]any) {
			require.Equal(t, version, doc.(map[any]any)["since"], command)
		}
	}
}

// sent lists the commands that the Go code of the runtime sends: calls of methods that clients of
// Redis have, and commands put together word by word.
func sent(t *testing.T) map[string]bool {
	methods := reflect.TypeFor[redis.Cmdable]()
	found := make(map[string]bool)
	files, err := filepath.Glob("internal/store/*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if command, ok := spelled(call); ok {
				found[strings.ToUpper(command)] = true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			first := ""
			if len(call.Args) > 0 {
				first = nameOf(call.Args[0])
			}
			switch name := f.Sel.Name; name {
			case "Do":
				if len(call.Args) < 2 {
					return true // of something else
				}
				word, ok := call.Args[1].(*ast.BasicLit)
				require.True(t, ok, "%s: the name of a command is not a literal", file)
				command, err := strconv.Unquote(word.Value)
				require.NoError(t, err)
				found[command] = true
			case "Run": // of a script
				if strings.HasSuffix(strings.ToLower(nameOf(f.X)), "script") || nameOf(f.X) == "s" {
					found["EVALSHA"], found["EVAL"] = true, true
				}
			default:
				m, ok := methods.MethodByName(name)
				if !ok || !strings.Contains(strings.ToLower(first), "ctx") {
					return true
				}
				least := m.Type.NumIn()
				if m.Type.IsVariadic() {
					least--
				}
				if len(call.Args) >= least {
					found[strings.ToUpper(name)] = true
				}
			}
			return true
		})
	}
	return found
}

// spelled returns the name of a command that a call puts together: append(make([]any, ...),
// "hmget", ...), or command("get", ...).
func spelled(call *ast.CallExpr) (string, bool) {
	var word ast.Expr
	switch name := nameOf(call.Fun); {
	case name == "append" && len(call.Args) > 1:
		made, ok := call.Args[0].(*ast.CallExpr)
		if !ok || nameOf(made.Fun) != "make" {
			return "", false
		}
		word = call.Args[1]
	case name == "command" && len(call.Args) > 0:
		word = call.Args[0]
	}
	literal, ok := word.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	command, err := strconv.Unquote(literal.Value)
	return command, err == nil && command != ""
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func compareVersions(a, b string) int {
	number := func(s string) (list []int) {
		for part := range strings.SplitSeq(s, ".") {
			n, _ := strconv.Atoi(part)
			list = append(list, n)
		}
		return list
	}
	return slices.Compare(number(a), number(b))
}
