// Package hotconfig decides what students' clients are told to do differently, at once and without anything being published or released: 热发.
//
// A key has a JSON Schema of its value, a default, an owner, a description and, where it is meant to go away again, an instant at which it
// expires. Per environment it has rules, asked in order; the first that matches gives the value, or splits students into shares. They reach
// down to a single student:
//
//	config.SetRules("prod", []Rule{
//		{Clause: targeting.Clause{Students: []string{ann}}, Value: []byte(`2.5`), Until: friday},
//		{Clause: targeting.Clause{When: `platform == "ios"`}, Split: []Share{{10, []byte(`1.5`)}, {90, []byte(`1`)}}},
//	}, "a try", now)
//	config.Kill("prod", "it freezes players") // everybody has the default at once, whatever the rules say
//
// # What it promises
//
// The switch wins over everything; what is killed or expired has the default; a value always fits the schema, in every environment, also
// after the schema has changed. The same student falls into the same share of a key as long as the weights before it stay (package bucketing).
//
// # What it leaves to others
//
// Students read all values that are meant for them: a configuration is no place for a secret. What must not be known by whoever takes a
// client apart does not belong here.
package hotconfig
