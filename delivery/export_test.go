package delivery

// Routes lists "METHOD path" of every route, for tests.
func (d *Door) Routes() []string {
	var all []string
	for _, route := range d.routes() {
		all = append(all, route.method+" "+route.path)
	}
	return all
}

// OpenAPI is the description of the door, for tests.
var OpenAPI = openAPIDocument
