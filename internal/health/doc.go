// Package health answers /healthz and /readyz: whether the process lives, and whether it is ready and safe to be used.
package health
