package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// VersionFor is for generated code: it returns the [ReadOptions.Version] of an instance of a
// generic type, made of version and of the shapes of the type arguments, which are the parameters
// of the func type F. So instances never share entries, and an instance shares them with other
// processes as long as the shapes are the same: names, fields, their types and tags, through all
// packages.
//
// It panics if two types of one name and shape, declared in functions, would share entries.
func VersionFor[F any](version string) string {
	t := reflect.TypeFor[F]()
	w := shapeWriter{seen: make(map[reflect.Type]int)}
	w.text.WriteString(version)
	for in := range t.Ins() {
		w.text.WriteByte(' ')
		w.write(in)
	}
	text := w.text.String()
	if known, loaded := instances.LoadOrStore(text, t); loaded && known != t {
		panic(fmt.Sprintf("cachegen: %v stands for two types of one name and shape, whose entries would be shared; declare one of them outside of functions, or under another name", t))
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// versionOf is what Options.Versions says of a prefix.
func (o *settings) versionOf(prefix string) (text string, ok bool) {
	for len(o.versions) > 0 && prefix != "" {
		if text, ok := o.versions[prefix]; ok {
			return text, true
		}
		prefix = prefix[:max(strings.LastIndexByte(prefix, key.Separator), 0)]
	}
	return "", false
}

// versionWith is the version of a read of which more is known at start-up.
func versionWith(version, text string) string {
	sum := sha256.Sum256([]byte(version + " " + text))
	return hex.EncodeToString(sum[:4])
}

// instances are the types that versions were made for, by what was hashed.
var instances sync.Map // string -> reflect.Type

var timeType = reflect.TypeFor[time.Time]()

// shapeWriter writes the canonical text of a type, like package fingerprint of the generator, but
// not byte for byte: there is no type that both write about.
type shapeWriter struct {
	text strings.Builder
	seen map[reflect.Type]int
}

func (w *shapeWriter) write(t reflect.Type) {
	if t.Name() != "" && t.PkgPath() != "" {
		i, known := w.seen[t]
		if known {
			fmt.Fprintf(&w.text, "#%d", i)
			return
		}
		i = len(w.seen)
		w.seen[t] = i
		fmt.Fprintf(&w.text, "#%d %s.%s", i, t.PkgPath(), t.Name())
		if t == timeType {
			return // its fields change with Go
		}
		w.text.WriteByte('=')
	}
	switch t.Kind() {
	case reflect.Pointer:
		w.text.WriteByte('*')
		w.write(t.Elem())
	case reflect.Slice:
		w.text.WriteString("[]")
		w.write(t.Elem())
	case reflect.Array:
		fmt.Fprintf(&w.text, "[%d]", t.Len())
		w.write(t.Elem())
	case reflect.Map:
		w.text.WriteString("map[")
		w.write(t.Key())
		w.text.WriteByte(']')
		w.write(t.Elem())
	case reflect.Chan:
		fmt.Fprintf(&w.text, "chan%d ", t.ChanDir())
		w.write(t.Elem())
	case reflect.Struct:
		w.text.WriteString("struct{")
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				w.text.WriteByte('^')
			}
			w.text.WriteString(f.PkgPath + "." + f.Name + " ")
			w.write(f.Type)
			if f.Tag != "" {
				fmt.Fprintf(&w.text, " %q", f.Tag)
			}
			w.text.WriteByte(';')
		}
		w.text.WriteByte('}')
	case reflect.Interface:
		w.text.WriteString("interface{")
		for i := range t.NumMethod() {
			m := t.Method(i)
			w.text.WriteString(m.PkgPath + "." + m.Name)
			w.write(m.Type)
			w.text.WriteByte(';')
		}
		w.text.WriteByte('}')
	case reflect.Func:
		w.text.WriteString("func(")
		for in := range t.Ins() {
			w.write(in)
			w.text.WriteByte(',')
		}
		fmt.Fprintf(&w.text, "%t)(", t.IsVariadic())
		for out := range t.Outs() {
			w.write(out)
			w.text.WriteByte(',')
		}
		w.text.WriteByte(')')
	default:
		w.text.WriteString(t.Kind().String())
	}
}
