package qtype

// Accepts is the quick test alone; has reports whether the type has one.
func (t *Type) Accepts(public, response any) (accepted, has bool) {
	return t.accepts != nil && t.accepts(response, public), t.accepts != nil
}

// ExplainResponse is CheckResponse by the schema alone.
var ExplainResponse = (*Type).explainResponse
