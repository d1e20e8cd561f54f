package main

import (
	"math/rand"
	"reflect"

	"github.com/twmb/franz-go/pkg/kmsg"
)

const unknownTag = 1000

var characters = []string{"a", "Z", "7", "-", "\"", "\n", "ß", "中", "😀"}

type filler struct {
	shape  string
	random *rand.Rand
}

// fill sets every field; kmsg leaves out those that the version does not have.
func fill(into message, shape string, random *rand.Rand) {
	if shape != "minimal" {
		(&filler{shape, random}).structure(reflect.ValueOf(into).Elem(), 0)
	}
}

func (f *filler) structure(value reflect.Value, depth int) {
	for i := 0; i < value.NumField(); i++ {
		field := value.Field(i)
		if tags, ok := field.Addr().Interface().(*kmsg.Tags); ok {
			if f.shape == "filled" && depth < 2 {
				tags.Set(uint32(unknownTag+depth), f.bytes())
			}
			continue
		}
		if depth == 0 && value.Type().Field(i).Name == "Version" {
			continue
		}
		f.value(field, depth)
	}
}

func (f *filler) value(value reflect.Value, depth int) {
	switch value.Kind() {
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		value.SetInt(f.number(value.Type().Bits()))
	case reflect.Uint16, reflect.Uint32:
		value.SetUint(uint64(f.number(value.Type().Bits())) & (1<<value.Type().Bits() - 1))
	case reflect.Float64:
		value.SetFloat(float64(f.random.Intn(1<<20)) / 4)
	case reflect.String:
		value.SetString(f.text())
	case reflect.Array: // a uuid
		for i := 0; i < value.Len(); i++ {
			value.Index(i).SetUint(uint64(f.random.Intn(256)))
		}
	case reflect.Struct:
		f.structure(value, depth+1)
	case reflect.Pointer:
		if f.shape == "nulls" {
			value.SetZero()
			return
		}
		value.Set(reflect.New(value.Type().Elem()))
		f.value(value.Elem(), depth)
	case reflect.Slice:
		f.slice(value, depth)
	}
}

func (f *filler) slice(value reflect.Value, depth int) {
	if f.shape == "nulls" {
		value.SetZero()
		return
	}
	if value.Type().Elem().Kind() == reflect.Uint8 {
		value.SetBytes(f.bytes())
		return
	}
	count := 1
	if depth == 0 {
		count = 2
	}
	value.Set(reflect.MakeSlice(value.Type(), count, count))
	for i := 0; i < count; i++ {
		f.value(value.Index(i), depth)
	}
}

// number is often at the ends of the range, where sign and width go wrong.
func (f *filler) number(bits int) int64 {
	switch f.random.Intn(6) {
	case 0:
		return -1
	case 1:
		return -1 << (bits - 1)
	case 2:
		return 1<<(bits-1) - 1
	default:
		return int64(f.random.Uint64()) >> (64 - bits)
	}
}

func (f *filler) text() string {
	text := ""
	for length := 1 + f.random.Intn(3); length > 0; length-- {
		text += characters[f.random.Intn(len(characters))]
	}
	return text
}

func (f *filler) bytes() []byte {
	bytes := make([]byte, f.random.Intn(5))
	f.random.Read(bytes)
	return bytes
}
