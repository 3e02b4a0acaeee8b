package question

import (
	"qbank/domain/content/compare"
	"qbank/domain/fault"
)

// MetadataNames is what the fields of metadata are called.
var MetadataNames = compare.Names{
	"title":      {Label: fault.Say("Title", "标题"), Format: "plain"},
	"subject":    {Label: fault.Say("Subject", "学科"), Format: "plain"},
	"stage":      {Label: fault.Say("Stage", "学段"), Format: "plain"},
	"grade":      {Label: fault.Say("Grade", "年级"), Format: "plain"},
	"chapter":    {Label: fault.Say("Chapter", "教材章节"), Format: "plain"},
	"source":     {Label: fault.Say("Source", "来源"), Format: "plain"},
	"category":   {Label: fault.Say("Category", "来源目录"), Format: "plain"},
	"difficulty": {Label: fault.Say("Difficulty", "难度"), Format: "plain"},
	"tags":       {Label: fault.Say("Tags", "标签")},
	"points":     {Label: fault.Say("Knowledge points", "知识点")},
}
