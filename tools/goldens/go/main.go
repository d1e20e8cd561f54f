// Recorder writes what franz-go's kmsg makes of messages.
//
// Arguments: the list of messages (lines of "name file min max key"), the folder to write to.
// A golden file has one instance per line: version, shape, base64 of the bytes.
package main

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"log"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// message is what requests, responses and the record types below have in common.
type message interface {
	AppendTo([]byte) []byte
}

// source makes instances of one message; drop is the length of what its encoding has in front that
// is not part of the message.
type source struct {
	min, max int16
	drop     int
	make     func(version int16) message
}

func main() {
	list, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	folder := os.Args[2]
	if err := os.MkdirAll(folder, 0o755); err != nil {
		log.Fatal(err)
	}
	sources := apis()
	addRecords(sources)
	instances := 0
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		words := strings.Fields(line)
		from, ok := sources[words[0]]
		if key := words[4]; key != "-" {
			from, ok = sources[key+direction(words[0])]
		}
		if !ok {
			fmt.Println(words[0] + ": not in kmsg")
			continue
		}
		lines := record(words[0], from, number(words[2]), number(words[3]))
		instances += len(lines)
		path := filepath.Join(folder, words[1]+".txt")
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(instances, "instances recorded")
}

func number(text string) int16 {
	value, err := strconv.ParseInt(text, 10, 16)
	if err != nil {
		log.Fatal(err)
	}
	return int16(value)
}

// direction is the end of the name of a request or response.
func direction(name string) string {
	if strings.HasSuffix(name, "Request") {
		return "Request"
	}
	return "Response"
}

// apis maps all requests and responses that kmsg has by key and direction: some of its names differ.
func apis() map[string]source {
	sources := map[string]source{}
	for key := int16(0); key < 1000; key++ {
		request, response := kmsg.RequestForKey(key), kmsg.ResponseForKey(key)
		if request == nil {
			continue
		}
		name := strconv.Itoa(int(key))
		sources[name+"Request"] = source{max: request.MaxVersion(), make: func(version int16) message {
			made := kmsg.RequestForKey(key)
			made.SetVersion(version)
			return made
		}}
		sources[name+"Response"] = source{max: response.MaxVersion(), make: func(version int16) message {
			made := kmsg.ResponseForKey(key)
			made.SetVersion(version)
			return made
		}}
	}
	return sources
}

// addRecords adds what has no key: kmsg writes its version in front.
func addRecords(sources map[string]source) {
	const version = 2
	sources["ConsumerProtocolSubscription"] = source{max: 3, drop: version, make: func(v int16) message {
		made := kmsg.NewConsumerMemberMetadata()
		made.Version = v
		return &made
	}}
	sources["ConsumerProtocolAssignment"] = source{max: 3, drop: version, make: func(v int16) message {
		made := kmsg.NewConsumerMemberAssignment()
		made.Version = v
		return &made
	}}
	sources["OffsetCommitKey"] = source{drop: version, make: func(int16) message {
		made := kmsg.NewOffsetCommitKey()
		made.Version = 1
		return &made
	}}
	sources["OffsetCommitValue"] = source{max: 4, drop: version, make: func(v int16) message {
		made := kmsg.NewOffsetCommitValue()
		made.Version = v
		return &made
	}}
	sources["GroupMetadataKey"] = source{drop: version, make: func(int16) message {
		made := kmsg.NewGroupMetadataKey()
		made.Version = 2
		return &made
	}}
	sources["GroupMetadataValue"] = source{max: 4, drop: version, make: func(v int16) message {
		made := kmsg.NewGroupMetadataValue()
		made.Version = v
		return &made
	}}
	sources["TransactionLogKey"] = source{drop: version, make: func(int16) message {
		made := kmsg.NewTxnMetadataKey()
		return &made
	}}
	sources["TransactionLogValue"] = source{max: 1, drop: version, make: func(v int16) message {
		made := kmsg.NewTxnMetadataValue()
		made.Version = v
		return &made
	}}
	sources["ControlRecordTypeSchema"] = source{drop: version, make: func(int16) message {
		made := kmsg.NewControlRecordKey()
		return &made
	}}
	sources["DefaultPrincipalData"] = source{drop: version, make: func(int16) message {
		made := kmsg.NewDefaultPrincipalData()
		return &made
	}}
	// Its version is a field of its own.
	sources["LeaderChangeMessage"] = source{max: 1, make: func(v int16) message {
		made := kmsg.NewLeaderChangeMessage()
		made.Version = v
		return &made
	}}
	sources["EndTxnMarker"] = source{drop: version, make: func(int16) message {
		made := kmsg.NewEndTxnMarker()
		return &made
	}}
}

func record(name string, from source, low, high int16) []string {
	var lines []string
	for version := max(low, from.min); version <= min(high, from.max); version++ {
		for _, shape := range []string{"filled", "minimal", "nulls"} {
			hash := fnv.New64a()
			fmt.Fprintf(hash, "%s %d %s", name, version, shape)
			instance := from.make(version)
			fill(instance, shape, rand.New(rand.NewSource(int64(hash.Sum64()))))
			bytes := instance.AppendTo(nil)[from.drop:]
			text := "-"
			if len(bytes) > 0 {
				text = base64.StdEncoding.EncodeToString(bytes)
			}
			lines = append(lines, fmt.Sprintf("%d %s %s\n", version, shape, text))
		}
	}
	return lines
}
