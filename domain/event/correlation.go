package event

import "context"

type correlationKey struct{}

// Correlated is a context of a request that has an id: what is decided for it says so in its [Meta].
func Correlated(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// CorrelationOf is the id of the request that a context belongs to; "" where it has none.
func CorrelationOf(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}
