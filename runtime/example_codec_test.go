package runtime_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"log"

	"github.com/cachegen/cachegen/runtime"
)

// sealed encrypts what another codec writes.
type sealed struct {
	runtime.Codec
	aead cipher.AEAD // it chooses the nonces
}

func (s sealed) Name() string { return "sealed " + s.Codec.Name() }

func (s sealed) Append(dst []byte, v any) ([]byte, error) {
	plain, err := s.Codec.Append(nil, v)
	if err != nil {
		return dst, err
	}
	return s.aead.Seal(dst, nil, plain, nil), nil
}

func (s sealed) Decode(data []byte, v any) error {
	plain, err := s.aead.Open(nil, nil, data, nil)
	if err != nil {
		return err
	}
	return s.Codec.Decode(plain, v)
}

// A codec that encrypts all entries, around the default one.
func ExampleCodec() {
	block, err := aes.NewCipher([]byte("a key of 32 bytes, from a vault."))
	if err != nil {
		log.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		log.Fatal(err)
	}
	codec := sealed{runtime.DefaultCodec(), aead}
	options := runtime.Options{Codec: codec} // and so on

	entry, err := options.Codec.Append(nil, map[string]string{"name": "Ada"})
	fmt.Println(bytes.Contains(entry, []byte("Ada")), err)

	var contact map[string]string
	err = options.Codec.Decode(entry, &contact)
	fmt.Println(contact["name"], err)
	// Output:
	// false <nil>
	// Ada <nil>
}
