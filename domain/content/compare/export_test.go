package compare

// Words compares two texts of one format as fields are compared, with the effort of a whole comparison.
func Words(before, after, format string) []Span {
	left := effort
	return words(before, after, format, format, &left)
}
