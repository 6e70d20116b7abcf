package runtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// A cache whose entries are JSON loses what JSON does: here, a field that is hidden from the API.
func ExampleJSON() {
	cache, err := runtime.New(runtime.Options{Codec: runtime.JSON{}})
	if err != nil {
		panic(err)
	}
	defer cache.Close(context.Background())

	type account struct {
		ID       string
		Password string `json:"-"`
	}
	accounts := runtime.NewRead(cache, runtime.ReadOptions{Result: runtime.ResultOf[*account](nil, nil, nil),
		Method: "Accounts.Get", Prefix: "account", TTL: time.Minute,
	})
	load := func(context.Context) (any, error) { return &account{"42", "secret"}, nil }

	ctx := runtime.WithTenant(context.Background(), "acme")
	for range 2 {
		var buf runtime.KeyBuffer
		key := accounts.Key(ctx, &buf).String("42")
		a, ok, err := accounts.Lookup(ctx, key)
		if !ok {
			a, err = accounts.Load(ctx, key, load)
		}
		fmt.Printf("%q %v\n", *a.(*account), err)
	}
	// Output:
	// {"42" "secret"} <nil>
	// {"42" ""} <nil>
}

// throughJSON returns what comes out of JSON, having gone in after some other bytes.
func throughJSON[V any](t *testing.T, in V) (out V) {
	t.Helper()
	data, err := runtime.JSON{}.Append([]byte("head"), in)
	require.NoError(t, err)
	require.Equal(t, "head", string(data[:4]))
	require.NoError(t, runtime.JSON{}.Decode(data[4:], &out))
	return out
}

func ptr[T any](v T) *T { return &v }

type (
	jsonFields struct {
		Kept   string
		Tagged string `json:"-"`
		hidden string
	}
	jsonEmpty struct {
		Slice []int          `json:",omitempty"`
		Map   map[string]int `json:",omitempty"`
		Plain []int
	}
	jsonBase     struct{ ID, Name string }
	jsonOther    struct{ ID, Kind string }
	jsonShadowed struct {
		jsonBase
		ID string
	}
	jsonTwice struct {
		jsonBase
		jsonOther
	}
	jsonTime struct {
		time.Time
		Note string
	}
	jsonMarshaler struct{ ID, Secret string }
	jsonBomb      struct{}
)

func (m jsonMarshaler) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"ID": m.ID})
}

func (jsonBomb) MarshalJSON() ([]byte, error)  { panic("boom") }
func (*jsonBomb) UnmarshalJSON(b []byte) error { panic("boom") }

// Each row is a part of a sentence in the doc comment of JSON.
func TestJSONLosesWhatItSays(t *testing.T) {
	at := time.Date(2024, 7, 14, 9, 30, 0, 123456789, time.UTC)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)

	require.Equal(t, jsonFields{Kept: "a"}, throughJSON(t, jsonFields{"a", "b", "c"}))

	require.Equal(t, jsonEmpty{Plain: []int{}},
		throughJSON(t, jsonEmpty{Slice: []int{}, Map: map[string]int{}, Plain: []int{}}))
	require.Equal(t, jsonEmpty{}, throughJSON(t, jsonEmpty{}), "nil is not empty elsewhere")

	require.Equal(t, jsonShadowed{jsonBase{Name: "b"}, "c"},
		throughJSON(t, jsonShadowed{jsonBase{"a", "b"}, "c"}))
	require.Equal(t, jsonTwice{jsonBase{Name: "b"}, jsonOther{Kind: "d"}},
		throughJSON(t, jsonTwice{jsonBase{"a", "b"}, jsonOther{"c", "d"}}))

	require.Equal(t, jsonMarshaler{ID: "a"}, throughJSON(t, jsonMarshaler{"a", "b"}))
	require.Equal(t, jsonTime{Time: at}, throughJSON(t, jsonTime{at, "note"}))

	require.Equal(t, at, throughJSON(t, at))
	out := throughJSON(t, at.In(berlin))
	require.True(t, out.Equal(at))
	require.NotEqual(t, "Europe/Berlin", out.Location().String())
	_, offset := out.Zone()
	require.Equal(t, 2*60*60, offset)
	require.NotContains(t, throughJSON(t, time.Now()).String(), "m=")

	require.Equal(t, any(float64(1<<53)), throughJSON(t, any(int64(1<<53+1))))
	require.Equal(t, any("eA=="), throughJSON(t, any([]byte("x"))))
	require.Equal(t, any("2024-07-14T09:30:00.123456789Z"), throughJSON(t, any(at)))
	require.Equal(t, any(map[string]any{"ID": "a", "Name": "b"}), throughJSON(t, any(jsonBase{"a", "b"})))

	require.Nil(t, throughJSON(t, ptr[*int](nil)))
	require.Nil(t, throughJSON(t, ptr[[]int](nil)))
	require.Nil(t, throughJSON(t, ptr[map[string]int](nil)))

	require.Equal(t, "a\ufffdb", throughJSON(t, "a\xffb"))

	require.Equal(t, json.RawMessage(`{"a":1}`), throughJSON(t, json.RawMessage(`{ "a": 1 }`)))
	require.Equal(t, json.RawMessage("null"), throughJSON(t, json.RawMessage(nil)))
}

func TestJSONErrors(t *testing.T) {
	for _, v := range []any{
		math.NaN(), math.Inf(1), 1i, func() {}, make(chan int),
		map[float64]int{}, map[jsonBase]int{}, map[bool]int{},
		time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		jsonBomb{},
	} {
		data, err := runtime.JSON{}.Append([]byte("head"), v)
		require.Error(t, err, "%T", v)
		require.Equal(t, "head", string(data), "%T", v)
	}
	var failure struct{ Err error }
	require.NoError(t, runtime.JSON{}.Decode([]byte(`{"Err":null}`), &failure))
	for data, v := range map[string]any{
		`{"Err":{}}`: &failure,
		`1 2`:        new(int),
		``:           new(int),
		`{}`:         new(jsonBomb),
		`300`:        new(uint8),
	} {
		err := runtime.JSON{}.Decode([]byte(data), v)
		require.Error(t, err, data)
		require.True(t, strings.HasPrefix(err.Error(), "cachegen: "), err.Error())
	}
}

// What comes out of Decode shares no memory with the bytes.
func TestJSONSharesNothing(t *testing.T) {
	data := []byte(`{"S":"text","R":{"a":1},"B":"YWJj"}`)
	type value struct {
		S string
		R json.RawMessage
		B []byte
	}
	var v value
	require.NoError(t, runtime.JSON{}.Decode(data, &v))
	clear(data)
	require.True(t, reflect.DeepEqual(value{"text", json.RawMessage(`{"a":1}`), []byte("abc")}, v))
}
