// Package textenc turns text in the encodings that Chinese schools' files come in (UTF-8, UTF-16, GB18030 with GBK and
// GB2312, Big5) into UTF-8.
//
//	r, err := textenc.NewReader(file)
//	...
//	io.Copy(dst, r)
//	fmt.Println(r.Choice().Name) // GB18030
//
// A byte order mark decides. Without one, validity does: what is valid UTF-8 is UTF-8. Only what is left goes by
// statistics: each encoding in which the bytes are valid is scored by how much of the reading is what people write.
//
// Sniffing is bounded ([Window] bytes) and begins at the first byte that is not ASCII, so that a long English
// beginning does not hide what comes after. Reading streams. Bytes that are not valid in the chosen encoding are never
// replaced: they are the fault textenc.bytes, whose detail "offset" says where.
package textenc
