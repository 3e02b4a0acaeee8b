package graphql

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/preview"
)

// previewed is a preview of the caller's own.
type previewed struct {
	ticket string
	ends   time.Time
	view   preview.View
}

func (p *previewed) path() string { return "/preview/" + p.ticket }

// previewArgs say what to preview. They are the arguments of the query and the fields of the mutation's input.
func (s *schema) previewArgs() inputs {
	device := inputObject("PreviewDevice", "What the student would hold.", inputs{
		"platform": in(gql.String, "Such as ios."), "appVersion": in(gql.String, "Of the app."), "channel": in(gql.String, "Where the app is from."), "region": in(gql.String, "Where the student is."),
	})
	point := inputObject("PreviewPoint", "A point of a history: exactly one of the fields.", inputs{
		"revision": in(gql.Int, "The number of the event, from 1."), "version": in(gql.Int, "What was published under this number."),
		"moment": in(engine.Instant, "Whatever had happened by then."), "live": in(gql.Boolean, "A lesson as it is live in the token's environment."),
	})
	return inputs{
		"question": in(gql.ID, "Global id, UUID or code (题号) of a question."), "lesson": in(gql.ID, "Global id or UUID of a lesson."),
		"point": in(point, "When; as it stands now where it is not given."),
		"stage": in(gql.String, "Id of the stage of a lesson to begin in."), "startMs": in(engine.Long, "Milliseconds into that stage."),
		"device": in(device, "What the student would hold."), "locale": in(gql.String, "Language of the reasons for marks: en or zh-CN; the request's where it is not given."),
		"seed": in(engine.Long, "Decides the order of options; drawn where it is not given."), "solutions": in(gql.Boolean, "Show solutions, too."),
	}
}

func (s *schema) previewTypes() {
	s.asked = s.previewArgs()
	s.preview = object("Preview", "A question or a lesson as a student would get it. Nothing about it is stored; answers go to POST /preview/{ticket}/answers.",
		func() []member[*previewed] {
			type p = *previewed
			return []member[p]{
				show("ticket", required(gql.String), "Names exactly what is shown.", func(p p) any { return p.ticket }),
				show("path", required(gql.String), "Where it is shown and answered.", func(p p) any { return p.path() }),
				show("expiresAt", required(engine.Instant), "Until when.", func(p p) any { return p.ends.UnixMicro() }),
				load("view", required(engine.JSON), "What GET of the path gives.", func(_ call, p p) (any, error) {
					encoded, err := json.Marshal(p.view)
					return json.RawMessage(encoded), err
				}),
			}
		})
	s.previewLink = object("PreviewLink", "A preview that is shared with whoever has the link.", func() []member[*preview.Link] {
		type l = *preview.Link
		return []member[l]{
			show("id", required(gql.ID), "Its id, to revoke it by.", func(l l) any { return l.ID.String() }),
			show("path", gql.String, "Where it leads: shown once, when it is made.", func(l l) any {
				if l.Ticket == "" {
					return nil
				}
				return "/preview/" + l.Ticket
			}),
			show("qrPath", gql.String, "A picture of it to be scanned; with .png for .svg, too.", func(l l) any {
				if l.Ticket == "" {
					return nil
				}
				return "/preview/" + l.Ticket + "/qr.svg"
			}),
			load("question", s.question, "The question it shows, if it is one.", func(c call, l l) (any, error) { return maybe(c, c.questions, l.Pins.Question) }),
			load("lesson", s.lesson, "The lesson it shows, if it is one.", func(c call, l l) (any, error) { return maybe(c, c.lessons, l.Pins.Lesson) }),
			show("revision", required(gql.Int), "The revision it shows.", func(l l) any { return l.Pins.Revision }),
			show("version", gql.Int, "The version it shows; null is a draft.", func(l l) any { return positive(l.Pins.Version) }),
			show("solutions", required(gql.Boolean), "Whether it shows solutions.", func(l l) any { return l.Pins.Solutions }),
			show("note", gql.String, "What was said with it.", func(l l) any { return filled(l.Note) }),
			show("madeBy", required(gql.String), "Opaque id of who made it.", func(l l) any { return l.MadeBy }),
			show("createdAt", required(engine.Instant), "When it was made.", func(l l) any { return l.CreatedAt.UnixMicro() }),
			show("expiresAt", required(engine.Instant), "Until when it leads anywhere.", func(l l) any { return l.ExpiresAt.UnixMicro() }),
			show("revokedAt", engine.Instant, "When it was revoked.", func(l l) any {
				if l.RevokedAt == nil {
					return nil
				}
				return l.RevokedAt.UnixMicro()
			}),
		}
	})
}

// pins reads what to preview.
func (c call) pins(a args) (preview.Pins, error) {
	if c.Previews == nil {
		return preview.Pins{}, fault.Refuse(fault.Unavailable, "preview.off", fault.Say("this server shows no previews", "此服务器未启用预览"))
	}
	ask := preview.Ask{Locale: a.text("locale"), Start: preview.Start{Stage: a.text("stage"), At: a.instant("startMs")}, Solutions: a.yes("solutions")}
	if ask.Locale == "" {
		ask.Locale = engine.Locale(c.ctx)
	}
	var err error
	if ask.Question, err = c.questionIn(a); err != nil {
		return preview.Pins{}, err
	}
	if ask.Lesson, err = a.id("lesson", lessonName); err != nil {
		return preview.Pins{}, err
	}
	if point := a.object("point"); point != nil {
		if len(point) != 1 || point.has("live") && !point.yes("live") {
			return preview.Pins{}, fault.Refuse(fault.Invalid, "point.invalid",
				fault.Say("a point is given by exactly one of revision, version, moment, live", "时间点应由 revision、version、moment、live 之一给出"))
		}
		ask.Revision, ask.Version, ask.Moment, ask.Live = point.number("revision"), point.number("version"), point.instant("moment"), point.has("live")
		if !ask.Live && ask.Revision <= 0 && ask.Version <= 0 && ask.Moment <= 0 {
			return preview.Pins{}, fault.Refuse(fault.NotFound, "revision.not_found", fault.Say("there is no such revision", "没有这个修订"))
		}
	}
	if ask.Live {
		if _, err := c.scope(); err != nil {
			return preview.Pins{}, err
		}
	}
	device := a.object("device")
	ask.Device = preview.Device{Platform: device.text("platform"), AppVersion: device.text("appVersion"), Channel: device.text("channel"), Region: device.text("region")}
	ask.Seed = uint64(a.instant("seed")) //nolint:gosec // any number will do
	if !a.has("seed") {
		if ask.Seed, err = drawn(); err != nil {
			return preview.Pins{}, err
		}
	}
	pins, err := c.Previews.Stage.Pin(c.ctx, c.actor, ask)
	if err == nil && pins.Solutions {
		c.seen.add(cmp.Or(pins.Question, pins.Lesson))
	}
	return pins, err
}

func drawn() (uint64, error) {
	var seed [8]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return 0, fmt.Errorf("draw a seed: %w", err)
	}
	return binary.LittleEndian.Uint64(seed[:]), nil
}

func (s *schema) previewRoots() []root {
	what := gql.FieldConfigArgument{}
	for name, f := range s.asked {
		what[name] = arg(f.Type, f.Description)
	}
	return []root{
		{name: "preview", of: s.preview, needs: access.ReadQuestions, args: what,
			about: "A draft, revision, version or moment of a question or a lesson, as a student would get it.",
			resolve: func(c call) (any, error) {
				pins, err := c.pins(c.args)
				if err != nil {
					return nil, err
				}
				p := &previewed{}
				if p.ticket, p.ends, err = c.Previews.Tickets.Issue(pins); err != nil {
					return nil, err
				}
				if p.view, err = c.Previews.Stage.Show(c.ctx, pins, p.path()); err != nil {
					return nil, err
				}
				for _, item := range p.view.Items {
					if pins.Solutions {
						c.seen.add(item.Question)
					}
				}
				return p, nil
			}},
		{name: "previewLinks", of: many(s.previewLink), needs: access.ReadQuestions, about: "The links that the caller has made, the newest first.",
			resolve: func(c call) (any, error) {
				if c.Previews == nil {
					return []any{}, nil
				}
				links, err := c.Previews.Tickets.Links(c.ctx, c.actor)
				return pointers(links), err
			}},
	}
}

func (s *schema) previewMutations() []mutation {
	changed := payload("PreviewLinkPayload", "What the making or revoking of a link came to. It is no event: revision and position are 0.",
		load("link", s.previewLink, "The link.", func(_ call, o *outcome) (any, error) { return o.link, nil }))
	fields := s.asked.and(inputs{"expiresInMinutes": in(gql.Int, "How long it leads anywhere, 5 to 43200; or in hours. One of the two is given."),
		"expiresInHours": in(gql.Int, "The same in hours, 1 to 720."), "note": in(gql.String, "For yourself.")})
	return []mutation{
		{name: "createPreviewLink", of: changed, needs: access.ReadQuestions, about: "Makes a link that shows a preview to whoever has it, for a time.", input: fields,
			do: func(c call, a args) (*outcome, error) {
				life, err := lifetime(a)
				if err != nil {
					return nil, err
				}
				pins, err := c.pins(a)
				if err != nil {
					return nil, err
				}
				link, err := c.Previews.Tickets.Share(c.ctx, c.actor, pins, life, a.text("note"))
				return &outcome{link: &link}, err
			}},
		{name: "revokePreviewLink", of: changed, needs: access.ReadQuestions, about: "Ends a link at once; its maker may, and whoever manages access.",
			input: inputs{"link": must(gql.ID, "The link's id.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := uuid.Parse(a.text("link"))
				if err != nil || c.Previews == nil {
					return nil, fault.Refuse(fault.NotFound, "preview.link_not_found", fault.Say("there is no such link", "没有这个链接"))
				}
				link, err := c.Previews.Tickets.Revoke(c.ctx, c.actor, id)
				return &outcome{link: &link}, err
			}},
	}
}

// lifetime reads how long a link is to live. What is too short or too long stays so: it is for others to refuse.
func lifetime(a args) (time.Duration, error) {
	if a.has("expiresInMinutes") == a.has("expiresInHours") {
		message := fault.Say("say either in minutes or in hours how long the link lives", "请以分钟或小时之一指定链接有效期")
		return 0, fault.Refuse(fault.Invalid, "preview.lifetime", message, fault.Problem{Pointer: "/expiresInMinutes", Code: "one_of", Message: message})
	}
	const most = int(preview.MaxShared/time.Minute) + 1
	minutes := a.number("expiresInMinutes")
	if a.has("expiresInHours") {
		minutes = min(max(a.number("expiresInHours"), 0), most) * 60
	}
	return time.Duration(min(max(minutes, 0), most)) * time.Minute, nil
}
