package access

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"qbank/domain/fault"
)

// Role is a job somebody has.
type Role string

// The roles. Append-only: they stand in tokens.
const (
	Author   Role = "author"
	Reviewer Role = "reviewer"
	Releaser Role = "releaser"
	Teacher  Role = "teacher"
	Tutor    Role = "tutor"
	Student  Role = "student"
	Analyst  Role = "analyst"
	Support  Role = "support"
	Admin    Role = "admin"
)

// Roles lists every role, in the order people are shown.
var Roles = []Role{Author, Reviewer, Releaser, Teacher, Tutor, Student, Analyst, Support, Admin}

// CheckRole refuses a role that does not exist.
func CheckRole(r Role) error {
	if !slices.Contains(Roles, r) {
		return fault.Refuse(fault.Invalid, "access.role", fault.Say("there is no role %.40q", "没有角色 %.40q", string(r)))
	}
	return nil
}

// Permission is one thing that can be allowed.
type Permission string

// The permissions. A command or a read names exactly one.
const (
	ReadQuestions    Permission = "questions.read"    // content without keys is never enough to work on a question: includes keys
	WriteQuestions   Permission = "questions.write"   // create, edit, tag, submit, restore, import
	ReviewQuestions  Permission = "questions.review"  // approve, send back
	PublishQuestions Permission = "questions.publish" // publish, retire
	WriteTypes       Permission = "types.write"
	WriteKnowledge   Permission = "knowledge.write"
	ReadLessons      Permission = "lessons.read"
	WriteLessons     Permission = "lessons.write"
	PublishLessons   Permission = "lessons.publish"
	Release          Permission = "releases.write"
	ReadRoster       Permission = "roster.read"
	WriteRoster      Permission = "roster.write"
	Answer           Permission = "attempts.answer" // as the student oneself
	ReadResults      Permission = "results.read"    // marks of single students
	Grade            Permission = "results.grade"   // give marks by hand
	ReadStatistics   Permission = "statistics.read" // figures about items and tests
	ReadOperations   Permission = "operations.read" // projections, jobs

	WriteComments      Permission = "comments.write"       // remark on a draft, suggest a change
	ManageReview       Permission = "reviews.manage"       // life cycles, who reviews what
	ReviewLessons      Permission = "lessons.review"       // sign off a whole lesson
	ApproveChanges     Permission = "lessons.late_changes" // 临调: let a locked lesson change
	WriteResources     Permission = "resources.write"      // upload files
	ReadReleases       Permission = "releases.read"        // what is live, what was, why
	ManageEnvironments Permission = "environments.write"
	RunSessions        Permission = "sessions.run"     // start and end a class session
	AskReissues        Permission = "reissues.ask"     // 资源补发: ask for one
	GrantReissues      Permission = "reissues.grant"   // and let it happen
	TakeDown           Permission = "takedowns.write"  // 下架
	WriteConfig        Permission = "config.write"     // 热发
	ProposeRegrades    Permission = "regrades.propose" // see who would gain and lose
	ApproveRegrades    Permission = "regrades.approve"
	ManageAccess       Permission = "access.write" // API keys, sign-ins, roles
	ActForStudents     Permission = "pseudo.login" // 伪登录: see what a student sees
	ReadAudit          Permission = "audit.read"   // who did what, who saw a key
	ErasePeople        Permission = "people.erase"
)

// grants is the one place that says what a role may do.
var grants = map[Role][]Permission{
	Author:   {ReadQuestions, WriteQuestions, ReadLessons, WriteLessons, ReadStatistics, WriteComments, WriteResources, ReadReleases},
	Reviewer: {ReadQuestions, ReviewQuestions, ReadLessons, ReadStatistics, WriteComments, ReviewLessons, ReadReleases},
	Releaser: {ReadQuestions, PublishQuestions, ReadLessons, PublishLessons, Release, ReadRoster, WriteComments, ApproveChanges, ReadReleases,
		AskReissues, GrantReissues, TakeDown, WriteConfig, ProposeRegrades},
	Teacher: {ReadLessons, ReadRoster, ReadResults, Grade, ReadStatistics, RunSessions, AskReissues, ReadReleases, ProposeRegrades},
	Tutor:   {ReadLessons, ReadRoster, ReadResults, RunSessions, AskReissues, ReadReleases},
	Student: {Answer},
	Analyst: {ReadLessons, ReadResults, ReadStatistics, ReadRoster, ReadReleases},
	Support: {ReadLessons, ReadRoster, ReadResults, ReadOperations, ReadReleases, AskReissues, ActForStudents},
	Admin: {ReadQuestions, WriteQuestions, ReviewQuestions, PublishQuestions, WriteTypes, WriteKnowledge, ReadLessons, WriteLessons,
		PublishLessons, Release, ReadRoster, WriteRoster, ReadResults, Grade, ReadStatistics, ReadOperations, WriteComments, ManageReview,
		ReviewLessons, ApproveChanges, WriteResources, ReadReleases, ManageEnvironments, RunSessions, AskReissues, GrantReissues, TakeDown,
		WriteConfig, ProposeRegrades, ApproveRegrades, ManageAccess, ReadAudit, ErasePeople},
}

// Permissions lists every permission that some role has, those of the first role first.
func Permissions() []Permission {
	var all []Permission
	for _, role := range Roles {
		for _, p := range grants[role] {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// Scope is where something happens.
type Scope struct {
	Org         string // path in the organisation tree, "/" between the parts, no leading slash
	Environment string // a lane of delivery; authoring has none
}

// Actor is who calls, as a verified token says. The zero Actor may do nothing.
type Actor struct {
	ID        string // opaque; people's names live elsewhere
	Maker     string // of an API key: the person who made it; empty for everybody else
	Roles     []Role
	Scope     Scope
	ActingFor string    // the student whose eyes support staff borrows; empty for everybody else
	Ticket    uuid.UUID // of whoever acts for somebody
	Shadow    bool      // who acts for somebody may answer, apart from the student's own attempts
	SignIn    string    // "session:" and its id, "pseudo:" and the ticket's; "" with a token of one's own, and with an API key, which is the actor
	Device    Device    // what a student's device says of itself

	Environments []string // those that a sign-in or a key may choose from; a token is of one, that of its scope
	Manages      []string // of a sign-in, those of the roles by which it gives access to others
}

// Device is what a device says of itself: good enough to choose a version by, proof of nothing. What it does not say is empty.
type Device struct {
	Platform, AppVersion, Channel, Region, Locale string
}

// Person is the person who answers for what the actor does: of an API key whoever made it, of everybody else the actor itself. Where a rule
// wants another person it is persons that are compared, and what is recorded for that is the person: keys are no second pair of eyes.
func (a Actor) Person() string {
	if a.Maker != "" {
		return a.Maker
	}
	return a.ID
}

// System names the process of the program that acts by itself.
func System(process string) string { return system + process }

// system begins the ids of those who are no persons.
const system = "system:"

// IsSystem reports whether nobody decides here: a process does what was planned.
func (a Actor) IsSystem() bool { return strings.HasPrefix(a.ID, system) }

// Student is whose eyes the actor looks through: the own ones, or those that are borrowed.
func (a Actor) Student() string {
	if a.ActingFor != "" {
		return a.ActingFor
	}
	return a.ID
}

// Can reports whether one of the actor's roles grants the permission.
func (a Actor) Can(p Permission) bool {
	return slices.ContainsFunc(a.Roles, func(r Role) bool { return slices.Contains(grants[r], p) })
}

// Require is nil where the actor has the permission, else a fault that names it.
func (a Actor) Require(p Permission) error {
	if a.Can(p) {
		return nil
	}
	if err := a.Known(); err != nil {
		return err
	}
	return fault.Refuse(fault.Denied, "access.denied",
		fault.Say("this needs the permission %s", "需要权限 %s", p)).With("permission", string(p))
}

// Known is nil where it is known who calls.
func (a Actor) Known() error {
	if a.ID != "" {
		return nil
	}
	return fault.Refuse(fault.Unauthenticated, "access.no_token",
		fault.Say("a bearer token is needed", "需要访问令牌（Bearer token）"))
}

// Somewhere is nil where the actor acts in an environment. What is delivered belongs to one: who has several says which.
func (a Actor) Somewhere() error {
	if a.Scope.Environment != "" {
		return nil
	}
	f := fault.Refuse(fault.Denied, "access.no_environment", fault.Say(
		"say in which environment: by the header Qbank-Environment where a sign-in or an API key has several, else with a token that names one",
		"请指定环境：登录或 API 密钥有多个环境时，使用请求头 Qbank-Environment；否则请使用指明环境的令牌"))
	if len(a.Environments) > 0 {
		return f.With("environments", a.Environments)
	}
	return f
}

// Within is nil where org is the actor's organisation or below it. Otherwise the thing does not exist for the actor; to one of no
// organisation nothing does.
func (a Actor) Within(org string) error {
	if a.Scope.Org != "" && Covers(a.Scope.Org, org) {
		return nil
	}
	return fault.Refuse(fault.NotFound, "not_found", fault.Say("there is no such thing here", "这里没有这个对象"))
}

// Covers reports whether org is root or lies below it.
func Covers(root, org string) bool {
	return root == org || strings.HasPrefix(org, root+"/")
}

// Related reports whether one of two organisations lies within the other.
func Related(a, b string) bool { return Covers(a, b) || Covers(b, a) }

// MaxOrg is how many bytes the path of an organisation has at most.
const MaxOrg = 500

// CheckOrg refuses what is no path in the organisation tree.
func CheckOrg(org string) error {
	if org != "" && len(org) <= MaxOrg && utf8.ValidString(org) && !strings.ContainsFunc(org, unicode.IsControl) && path.Clean("/"+org) == "/"+org {
		return nil
	}
	return fault.Refuse(fault.Invalid, "access.org", fault.Say("an organisation is a path such as school/math, without / at its ends",
		"组织应为路径，例如 school/math，首尾不带 /"))
}

// ManagesAccess reports whether a role is to give access to others.
func (r Role) ManagesAccess() bool { return slices.Contains(grants[r], ManageAccess) }

// InPerson refuses an API key: it is for a program, and access is given by people.
func (a Actor) InPerson() error {
	if a.Maker == "" {
		return nil
	}
	return fault.Refuse(fault.Denied, "access.by_key", fault.Say("an API key gives nobody access; a person does, signed in or with a token",
		"API 密钥不能授予访问权限，须由本人登录或使用令牌操作"))
}

// MayOpen is nil where the actor may give others access to an environment: its own, or those that it manages.
func (a Actor) MayOpen(environment string) error {
	if environment == a.Scope.Environment || slices.Contains(a.Manages, environment) {
		return nil
	}
	return fault.Refuse(fault.Denied, "access.not_yours_to_give", fault.Say("nobody gives others the environment %.40q without having it", "不能授予自己没有的环境 %.40q",
		environment)).With("environment", environment)
}

// MayGive is nil where a role in an organisation is the actor's to give to others, or to take away: one of its own roles, or any where it is
// an admin, and only where the organisation is its own or below.
func (a Actor) MayGive(r Role, org string) error {
	if err := a.Within(org); err != nil {
		return err
	}
	if slices.Contains(a.Roles, r) || slices.Contains(a.Roles, Admin) {
		return nil
	}
	return fault.Refuse(fault.Denied, "access.not_yours_to_give", fault.Say("nobody gives others the role %s without having it", "不能授予自己没有的角色 %s", r))
}
