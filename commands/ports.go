package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/hotconfig"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/regrade"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/resource"
	"qbank/domain/roster"
	"qbank/domain/scoring"
	"qbank/domain/session"
	"qbank/domain/staff"
	"qbank/domain/targeting"
	"qbank/eventstore"
)

// Log is what commands need of the event store.
type Log interface {
	Append(ctx context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error)
	ReadStream(ctx context.Context, stream uuid.UUID, r eventstore.Range) ([]eventstore.Recorded, error)
	ReadStreams(ctx context.Context, streams []uuid.UUID) (map[uuid.UUID][]eventstore.Recorded, error)
}

// Numbers hands out the numbers behind question codes. Each is given once; gaps are fine.
type Numbers interface {
	Next(ctx context.Context, count int) ([]int64, error)
}

// Judge is all that is needed to take an answer to one published version.
type Judge struct {
	Type     *qtype.Type
	Public   any
	Solution any // for reveal; never sent before
	Scorer   scoring.Scorer
}

// Judges finds judges. Published versions are immutable: a judge may be kept for ever.
type Judges interface {
	Judge(ctx context.Context, question uuid.UUID, version int) (*Judge, error)
}

// LiveLesson is a lesson as an environment's releases have it: a snapshot, with one of the two at least.
type LiveLesson struct {
	Baseline  *Resolved         // what those get who are not in Candidate; nil: for them it is not live
	Candidate *Resolved         // what those get whom Audience lets in; nil: no release of it is under way
	Audience  *release.Audience // of Candidate
	Position  int64             // of the read model
}

// LiveSet is a lesson with exact versions of its questions.
type LiveSet struct {
	Release uuid.UUID // that froze it
	Org     string
	Lesson  uuid.UUID
	Version int
	Plan    lesson.Plan
	Size    int                  // of the plan as it is stored, bytes
	Places  []LivePlace          // one for each item of the plan, in its order
	Pools   []environment.Frozen // what its draws draw from
}

// LivePlace is a version of a question, as it is served.
type LivePlace struct {
	Version int
	Type    qtype.Ref
	Public  content.Hash
}

// Live reads what is live, and what releases have frozen.
type Live interface {
	// Lesson is what is live of a lesson in the scope; where nothing is, the fault "lesson.not_live".
	Lesson(ctx context.Context, scope access.Scope, lesson uuid.UUID) (*LiveLesson, error)
	// UnderWay lists the lessons of the scope that a release under way has; the first 500.
	UnderWay(ctx context.Context, scope access.Scope) ([]uuid.UUID, error)
	// Got reports whether a student was served a manifest of a release in an environment, or began an attempt with it.
	Got(ctx context.Context, environment string, release uuid.UUID, student uuid.UUID) (bool, error)
	// Set is a lesson with the versions that were frozen for it. It is the same for ever.
	Set(ctx context.Context, release uuid.UUID, frozen release.Lesson) (*LiveSet, error)
	// Place is a published version of a question. It is the same for ever.
	Place(ctx context.Context, question uuid.UUID, version int) (LivePlace, error)
}

// Overrides reads what overrules releases: takedowns and reissues.
type Overrides interface {
	// InForce is a snapshot of those in force in an environment; nil where there are none.
	InForce(ctx context.Context, environment string) (InForce, error)
}

// InForce is takedowns and reissues at one moment. It never changes and is safe for concurrent use.
type InForce interface {
	// Touches reports whether any of them is about a question: mostly none is, and nothing else is asked then.
	Touches(question uuid.UUID) bool
	// Roster reports whether a reissue goes by what only the roster knows, such as a class.
	Roster() bool
	// Down tells which takedown, if any, a version is under.
	Down(question uuid.UUID, version int) (takedown uuid.UUID, down bool)
	// Reissued tells which version a student was reissued for a place, and by which reissue.
	Reissued(place release.Place, who *targeting.Context) (version int, reissue uuid.UUID, known bool)
	// Given lists what a student was reissued, those granted last first.
	Given(who *targeting.Context) []Given
	// Since tells when a takedown was imposed, microseconds.
	Since(takedown uuid.UUID) int64
	// Tombstones are the public views that nothing shows any more to students of an organisation, by the time since when, the latest first. Read only.
	Tombstones(org string) []Tombstone
	// Gone tells whether a public view is one of them.
	Gone(org string, view content.Hash) (Tombstone, bool)
	// Carries tells which reissues give a student a public view; nil: none, which is most of the time.
	Carries(view content.Hash) func(who *targeting.Context) []uuid.UUID
}

// Tombstone is a public view that devices must forget: every version by which their students were given it is taken down. It names the one that
// went down last.
type Tombstone struct {
	View     content.Hash
	Question uuid.UUID
	Version  int
	Takedown uuid.UUID
	Since    int64 // microseconds
}

// Audiences reads whom something concerns.
type Audiences interface {
	// Reach counts the classes that have one of the lessons, in their course or in a session of the scope that is not over, and their students.
	Reach(ctx context.Context, scope access.Scope, lessons []uuid.UUID) (students, classes int, err error)
	// Unknown are those of the classes that an organisation does not have, itself, above or below.
	Unknown(ctx context.Context, org string, classes []uuid.UUID) ([]uuid.UUID, error)
	// Audience lists the students of an audience within a scope; see reissue.Reached.
	Audience(ctx context.Context, scope access.Scope, audience reissue.Audience) (reissue.Reached, error)
}

// Corrections reads the regrades that stand.
type Corrections interface {
	// Standing lists those of a question, for attempts of an environment and organisation.
	Standing(ctx context.Context, environment, org string, question uuid.UUID) ([]regrade.Correction, error)
}

// Configs reads what clients are configured by (热发).
type Configs interface {
	// Snapshot is what holds for an organisation in an environment.
	Snapshot(ctx context.Context, scope access.Scope) (*hotconfig.Snapshot, error)
	// Keys counts those that an organisation has.
	Keys(ctx context.Context, org string) (int, error)
}

// Classes reads the roster.
type Classes interface {
	ClassesOf(ctx context.Context, scope access.Scope, student string) ([]uuid.UUID, error)
	// Enrolment is where a student, by the subject of a token, learns.
	Enrolment(ctx context.Context, scope access.Scope, student string) (roster.Enrolment, error)
}

// Sessions reads class sessions, of a scope's environment, that are for its organisation. One that is not there is the fault "session.not_found".
type Sessions interface {
	// Attends says how a student, by the subject of a token, stands to a session.
	Attends(ctx context.Context, scope access.Scope, id uuid.UUID, student string) (session.Attendance, error)
	// Pinned is what a session of a lesson fixed at its start, for everybody in it; the fault "session.not_running" where it has not started. It never changes.
	Pinned(ctx context.Context, scope access.Scope, id uuid.UUID, lesson uuid.UUID) (*Resolved, error)
}

// Resources knows the files that are kept.
type Resources interface {
	// Known tells of those of the hashes that a file has which content of the organisation may name: one of its own, of one above it or of
	// one below it. What was uploaded a moment ago is known.
	Known(ctx context.Context, org string, hashes []content.Hash) (map[content.Hash]resource.Facts, error)
}

// People keeps what is known of persons outside the log, where it can be erased.
type People interface {
	// KeepNames stores or replaces what organisations call people, by opaque id.
	KeepNames(ctx context.Context, names map[uuid.UUID]string, orgs ...string) error
	// Seal enciphers text with the person's own key and returns a digest that only the key's holder can compute.
	Seal(ctx context.Context, person uuid.UUID, text []byte) (sealed, digest []byte, err error)
	// Open deciphers what Seal made.
	Open(ctx context.Context, person uuid.UUID, sealed []byte) ([]byte, error)
	// Erased tells which of some people were erased.
	Erased(ctx context.Context, people []uuid.UUID) (map[uuid.UUID]bool, error)
}

// Observer is told what students do, for figures of how well it goes. It returns at once and never fails.
type Observer interface {
	// Answered says that answers of a student were recorded, in an attempt at what a release froze.
	Answered(actor access.Actor, of release.Served)
}

// Downloads counts what devices have fetched.
type Downloads interface {
	// Count is how many manifests of a version of a lesson have been served in an environment.
	Count(ctx context.Context, scope access.Scope, lesson uuid.UUID, version int) (int, error)
}

// Staff reads who works here.
type Staff interface {
	// OtherAdmins reports whether somebody besides a person is an admin of an organisation, with the position of that snapshot.
	OtherAdmins(ctx context.Context, org string, besides uuid.UUID) (there bool, position int64, err error)
}

// SignIns reads what identity providers say of people.
type SignIns interface {
	// Claimed is the roles that were claimed for a person who signed in lately, at the last time.
	Claimed(ctx context.Context, person uuid.UUID) (staff.Grants, error)
}

// Uses reads where questions are in use.
type Uses interface {
	// StillLive is where a question is live for those of a scope, and the position of that snapshot.
	StillLive(ctx context.Context, scope access.Scope, question uuid.UUID) (uses []LiveUse, position int64, err error)
}

// LiveUse is a lesson that is live with a question.
type LiveUse struct {
	Environment environment.Name `json:"environment"`
	Lesson      uuid.UUID        `json:"lesson"`
	Version     int              `json:"version"`             // of the lesson
	Candidate   bool             `json:"candidate,omitempty"` // only for those whom a release under way lets in
}

// Devices remembers what students' devices said of themselves.
type Devices interface {
	// Last is what the device of a student said last, in an organisation or below and an environment.
	Last(ctx context.Context, scope access.Scope, person uuid.UUID) (seen Seen, known bool, err error)
}

// Seen is a student's device, and as whom.
type Seen struct {
	Org     string
	Subject string // of the student's token
	Device  access.Device
	At      int64 // microseconds
}

// Homes reads where people are known.
type Homes interface {
	// HomesOf are the organisations that have a person on their roster as a student.
	HomesOf(ctx context.Context, person uuid.UUID) ([]string, error)
}

// Candidates reads what papers are put together from: a named snapshot of read models, whose positions it tells.
type Candidates interface {
	// Stock reads the questions of the scope's organisation and below, how hard they are in its environment, and which of them the audience was
	// given there before.
	Stock(ctx context.Context, scope access.Scope, audience paper.Audience) (paper.Stock, error)
}

// Traces are what is known of people outside the log.
type Traces interface {
	// HomesOf are the organisations that a person belongs to: those whose roster has the person, or else those in which the person is known.
	HomesOf(ctx context.Context, person uuid.UUID) ([]string, error)
	// Standing counts what goes by itself as soon as it is recorded that the person is erased, by what it is.
	Standing(ctx context.Context, person uuid.UUID) (counts map[string]int, err error)
	// Erase deletes all of it and says how many rows of what there were. What is gone already is no error.
	Erase(ctx context.Context, person uuid.UUID) (counts map[string]int, err error)
}
