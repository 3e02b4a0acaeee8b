package observations

import "context"

// WriteWhatHurries is what a tick writes that does not write all.
func (r *Recorder) WriteWhatHurries(ctx context.Context) error { return r.write(ctx, false) }
