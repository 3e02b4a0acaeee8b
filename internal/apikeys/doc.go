// Package apikeys finds out who an API key speaks for.
//
//	keys, err := apikeys.New(bus, pool, apikeys.Options{})
//	actor, err := keys.Verify(ctx, raw, address, environment)
//
// What a key is stands in the log, and is believed for a few seconds without looking again; [Keys.Forget] ends that on this node. When a key
// was used last is kept beside the log, to the minute.
package apikeys
