package bench

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/murmur3"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/bucketing"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
	"qbank/internal/stack"
)

//go:embed manifests.lua
var manifestsLua string

// named is how many students the release of the bench names.
const named = 1000

// grayRules are what each student is held against: a list of those who are out, a condition that asks for two facts, a list of those who are
// in. Nobody of the bench is on the lists, and the condition holds for nobody: the split decides.
func grayRules() []targeting.Clause {
	out, in := make([]string, named), make([]string, named)
	for i := range named {
		out[i], in[i] = uuid.NewString(), uuid.NewString()
	}
	return []targeting.Clause{{Students: out, Out: true}, {When: `platform == "android" && app_version.atLeast("5.9")`}, {Students: in}}
}

// goGray starts a release of a lesson that half of the students are in.
func (s *school) goGray(ctx context.Context, lesson uuid.UUID, st *stack.Stack, rules []targeting.Clause) error {
	releaser := access.Actor{ID: "bench-releaser", Roles: []access.Role{access.Releaser}, Scope: place}
	planned, err := st.Commands.Do(ctx, releaser, commands.PlanRelease{Title: "Bench", Lessons: []commands.PlannedLesson{{Lesson: lesson}},
		Steps: []release.Step{{Weight: 50}, {Weight: 100}}, Rules: rules})
	if err != nil {
		return err
	}
	if _, err := st.Commands.Do(ctx, releaser, commands.StartRelease{Release: planned.ID, Revision: planned.Revision}); err != nil {
		return err
	}
	return s.settle(ctx)
}

// openGray is a school whose second lesson is in a release under way, with a stack beside its server.
func (r *run) openGray(ctx context.Context, rules []targeting.Clause) (*school, *stack.Stack, error) {
	s, err := r.openSchool(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	st, err := stack.Open(ctx, s.pool, stack.Options{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		s.close = append(s.close, st.Close)
		err = s.goGray(ctx, s.tests[1].released.Lesson, st, rules)
	}
	if err != nil {
		s.shut()
		return nil, nil, err
	}
	return s, st, nil
}

// writtenOut is grayRules and the split after them as somebody would write them for this one release.
type writtenOut struct {
	out, in map[string]bool
	flag    string
	split   bucketing.Split
}

func writeOut(a *release.Audience, rules []targeting.Clause) writtenOut {
	w := writtenOut{out: make(map[string]bool, named), in: make(map[string]bool, named), flag: a.Flag, split: a.Split}
	for _, student := range rules[0].Students {
		w.out[student] = true
	}
	for _, student := range rules[2].Students {
		w.in[student] = true
	}
	return w
}

func (w *writtenOut) lets(student *access.Actor) bool {
	switch {
	case w.out[student.ID]:
		return false
	case student.Device.Platform == "android" && student.Device.AppVersion >= "5.9", w.in[student.ID]:
		return true
	}
	var space [128]byte
	hash := murmur3.Sum32(append(append(space[:0], w.flag...), student.ID...))
	return uint64(hash)*uint64(w.split.Total)>>32 < uint64(w.split.Candidate)
}

// measureEvaluation times the resolving of a lesson for one student after the other, in one goroutine, against the release's rules written out
// in Go.
func measureEvaluation(ctx context.Context, r *run) ([]Figure, error) {
	rules := grayRules()
	s, st, err := r.openGray(ctx, rules)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	ask := commands.Ask{Lesson: s.tests[1].released.Lesson}
	live, err := st.Commands.Live.Lesson(ctx, place, ask.Lesson)
	if err != nil {
		return nil, err
	}
	bare := writeOut(live.Audience, rules)
	actors := make([]access.Actor, students)
	in := 0
	for n := range actors {
		actors[n] = student(n)
		actors[n].ID = roster.PersonOf(actors[n].ID).String() // as those are named whom the roster knows
		actors[n].Device = access.Device{Platform: "ios", AppVersion: "5.9.2"}
		got, err := st.Commands.Resolve(ctx, actors[n], ask)
		if err != nil {
			return nil, err
		}
		if lets := bare.lets(&actors[n]); lets != (got.Reason == release.Candidate) {
			return nil, fmt.Errorf("the rules written out say %t of %s, who gets %s", lets, actors[n].ID, got.Reason)
		} else if lets {
			in++
		}
	}
	if in == 0 || in == students {
		return nil, fmt.Errorf("half of the students should be in: %d of %d are", in, students)
	}
	found := 0
	look := func(n int) error {
		if bare.lets(&actors[n%students]) {
			found++
		}
		return nil
	}
	resolve := func(n int) error {
		_, err := st.Commands.Resolve(ctx, actors[n%students], ask)
		return err
	}
	medians, err := r.compare(ctx, side{"written out", r.timed(look)}, side{"evaluation", r.timed(resolve)})
	if err != nil {
		return nil, err
	}
	if found == 0 {
		return nil, errors.New("the rules written out let nobody in")
	}
	return []Figure{
		bound("release_eval_ns", "ns", 1e9/medians[1].rate, 2000),
		ratio("release_eval", "students/s", medians[1].rate, medians[0].rate, "the release's two lists, condition and split written out in Go", 0.02),
	}, nil
}

// timed repeats a step for a round, one after the other, and says how many bytes and objects each allocated. Its rate is by the processor time
// that this process used, collecting what was allocated included: who else uses the machine does not count.
func (r *run) timed(step func(n int) error) func(context.Context) (sample, error) {
	return func(context.Context) (sample, error) {
		const between = 1000 // looks at the clock
		n := 0
		repeat := func(span time.Duration) (time.Duration, error) {
			began, used := time.Now(), processorTime()
			for time.Since(began) < span {
				for range between {
					if err := step(n); err != nil {
						return 0, err
					}
					n++
				}
			}
			return processorTime() - used, nil
		}
		if _, err := repeat(r.warm); err != nil {
			return sample{}, err
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n = 0
		took, err := repeat(r.span)
		runtime.ReadMemStats(&after)
		if err != nil {
			return sample{}, err
		}
		r.say("    %d objects and %d bytes each", (after.Mallocs-before.Mallocs)/uint64(n), (after.TotalAlloc-before.TotalAlloc)/uint64(n))
		return sample{rate: float64(n) / took.Seconds()}, nil
	}
}

// processorTime is how long this process has had a processor.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // of a process by itself it is always known
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// measureNewStudents compares the manifest of a lesson in a release under way, whose rules are evaluated for each student, with that of a lesson
// which everybody gets alike. Both are fetched by one student after the other.
func measureNewStudents(ctx context.Context, r *run) ([]Figure, error) {
	s, _, err := r.openGray(ctx, grayRules())
	if err != nil {
		return nil, err
	}
	defer s.shut()
	path := func(n int) string {
		return s.server.base + "/v1/lessons/" + s.tests[n].released.Lesson.String() + "/manifest"
	}
	tokens := make([]string, students)
	manifests := map[string]int{}
	for n := range tokens { // each token is verified once before, so that neither side has to
		bearer, err := s.token(n)
		if err != nil {
			return nil, err
		}
		tokens[n] = bearer + "\n"
		_, header, err := s.get(ctx, path(1), bearer, http.StatusOK)
		if err != nil {
			return nil, err
		}
		manifests[header.Get("ETag")]++
	}
	if len(manifests) != 2 {
		return nil, errors.New("half of the students should be in the release")
	}
	if err := writeLines(r.file("tokens"), tokens); err != nil {
		return nil, err
	}
	fetch := func(n int) func(context.Context) (sample, error) {
		return func(ctx context.Context) (sample, error) {
			got, err := s.wrk(ctx, load{url: path(n), script: manifestsLua, args: []string{r.file("tokens")}})
			return got.sample(), err
		}
	}
	medians, err := r.compare(ctx, side{"for everybody", fetch(0)}, side{"by rules", fetch(1)})
	if err != nil {
		return nil, err
	}
	return []Figure{ratio("manifest_new_student", "requests/s", medians[1].rate, medians[0].rate, "the manifest of a lesson that everybody gets alike", 0.5)}, nil
}
