package eventstore

import (
	"encoding/binary"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// array writes a one-dimensional array in PostgreSQL's binary format (array_recv): dimensions, whether there are nulls, the
// element type, length and lower bound, then each element with its length before it. Written by hand into a buffer
// that is used again, because general encoders cost an allocation or two per event.
type array []byte

func (a *array) begin(element uint32, length int) {
	b := (*a)[:0]
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint32(b, element)
	b = binary.BigEndian.AppendUint32(b, uint32(length))
	*a = binary.BigEndian.AppendUint32(b, 1)
}

func (a *array) int2(v int) {
	*a = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(*a, 2), uint16(v))
}

func (a *array) int4(v int) {
	*a = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(*a, 4), uint32(v))
}

func (a *array) uuid(v uuid.UUID) { *a = append(binary.BigEndian.AppendUint32(*a, 16), v[:]...) }

func (a *array) null() { *a = binary.BigEndian.AppendUint32(*a, 1<<32-1) }

func (a *array) text(v string) { *a = append(binary.BigEndian.AppendUint32(*a, uint32(len(v))), v...) }

func (a *array) bytes(v []byte) {
	*a = append(binary.BigEndian.AppendUint32(*a, uint32(len(v))), v...)
}

var errAnswer = errors.New("the database's answer to an append makes no sense")

// ints reads an array of int4 or int8 (binary) with want elements; a null is read as 0.
func ints(src []byte, want int) ([]int64, error) {
	if len(src) < 20 || binary.BigEndian.Uint32(src) != 1 || int(binary.BigEndian.Uint32(src[12:])) != want {
		return nil, errAnswer
	}
	all := make([]int64, want)
	src = src[20:]
	for i := range all {
		if len(src) < 4 {
			return nil, errAnswer
		}
		n := int32(binary.BigEndian.Uint32(src))
		src = src[4:]
		switch {
		case n == -1:
			continue
		case n == 4 && len(src) >= 4:
			all[i] = int64(int32(binary.BigEndian.Uint32(src)))
		case n == 8 && len(src) >= 8:
			all[i] = int64(binary.BigEndian.Uint64(src))
		default:
			return nil, errAnswer
		}
		src = src[n:]
	}
	return all, nil
}

// The parameters of append_events, in its order.
const (
	pLane = iota
	pStreams
	pExpected
	pCounts
	pAppends
	pVersions
	pIDs
	pTypes
	pSchemas
	pDatas
	pMetas
	pPersons
	parameters
)

const appendSQL = "select last, actual, stored_at from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"

var parameterTypes = []uint32{
	pgtype.Int2OID, pgtype.UUIDArrayOID, pgtype.Int4ArrayOID, pgtype.Int4ArrayOID, pgtype.Int4ArrayOID, pgtype.Int4ArrayOID,
	pgtype.UUIDArrayOID, pgtype.TextArrayOID, pgtype.Int2ArrayOID, pgtype.JSONArrayOID, pgtype.JSONArrayOID, pgtype.UUIDArrayOID,
}

// request is a batch as parameters of append_events.
type request struct {
	columns [parameters]array
	values  [parameters][]byte
	formats [parameters]int16
}

var emptyMeta = []byte("{}")

func (r *request) encode(batch []*pending) {
	events := 0
	for _, p := range batch {
		events += len(p.Events)
	}
	c := &r.columns
	c[pLane] = binary.BigEndian.AppendUint16(c[pLane][:0], lane)
	c[pStreams].begin(pgtype.UUIDOID, len(batch))
	c[pExpected].begin(pgtype.Int4OID, len(batch))
	c[pCounts].begin(pgtype.Int4OID, len(batch))
	c[pAppends].begin(pgtype.Int4OID, events)
	c[pVersions].begin(pgtype.Int4OID, events)
	c[pIDs].begin(pgtype.UUIDOID, events)
	c[pTypes].begin(pgtype.TextOID, events)
	c[pSchemas].begin(pgtype.Int2OID, events)
	c[pDatas].begin(pgtype.JSONOID, events)
	c[pMetas].begin(pgtype.JSONOID, events)
	c[pPersons].begin(pgtype.UUIDOID, events)
	for i, p := range batch {
		c[pStreams].uuid(p.Stream)
		c[pExpected].int4(p.Expected)
		c[pCounts].int4(len(p.Events))
		for j := range p.Events {
			e := &p.Events[j]
			c[pAppends].int4(i + 1)
			c[pVersions].int4(p.Expected + j + 1)
			c[pIDs].uuid(e.ID)
			c[pTypes].text(e.Type)
			c[pSchemas].int2(e.SchemaVersion)
			c[pDatas].bytes(e.Data)
			if len(e.Meta) == 0 {
				c[pMetas].bytes(emptyMeta)
			} else {
				c[pMetas].bytes(e.Meta)
			}
			if e.Person == uuid.Nil {
				c[pPersons].null()
			} else {
				c[pPersons].uuid(e.Person)
			}
		}
	}
	for i := range c {
		r.values[i], r.formats[i] = c[i], 1
	}
}

// trim lets go of buffers that one unusually large batch has blown up.
func (r *request) trim() {
	const keep = 2 << 20
	for i := range r.columns {
		if cap(r.columns[i]) > keep {
			r.columns[i], r.values[i] = nil, nil
		}
	}
}
