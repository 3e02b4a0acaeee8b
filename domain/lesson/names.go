package lesson

import (
	"qbank/domain/content/compare"
	"qbank/domain/fault"
)

// Names is what the fields of a plan's document are called.
var Names = compare.Names{
	"title":         {Label: fault.Say("Title", "标题"), Format: "plain"},
	"items":         {Label: fault.Say("Questions", "题目")},
	"slot":          {Label: fault.Say("Place", "位置")},
	"question":      {Label: fault.Say("Question", "题目")},
	"version":       {Label: fault.Say("Version", "版本")},
	"max":           {Label: fault.Say("Marks in millionths", "分值（百万分之一）")},
	"reveal":        {Label: fault.Say("Solutions shown", "何时显示答案")},
	"max_attempts":  {Label: fault.Say("Attempts allowed", "允许作答次数")},
	"shuffle":       {Label: fault.Say("Options in random order", "选项乱序")},
	"mode":          {Label: fault.Say("Mode", "模式")},
	"keep_versions": {Label: fault.Say("Versions are kept during attempts", "作答中不换版本")},
	"stages":        {Label: fault.Say("Stages", "环节")},
	"kind":          {Label: fault.Say("Kind", "种类")},
	"medium":        {Label: fault.Say("Medium", "媒体")},
	"duration":      {Label: fault.Say("Duration in milliseconds", "时长（毫秒）")},
	"body":          {Label: fault.Say("Text", "正文"), Format: "html"},
	"url":           {Label: fault.Say("Address", "网址"), Format: "plain"},
	"slots":         {Label: fault.Say("Places", "位置")},
	"cues":          {Label: fault.Say("Cues", "互动时间点")},
	"at":            {Label: fault.Say("At millisecond", "时刻（毫秒）")},
	"from":          {Label: fault.Say("From millisecond", "起（毫秒）")},
	"to":            {Label: fault.Say("To millisecond", "止（毫秒）")},
	"task":          {Label: fault.Say("Task", "任务")},
	"text":          {Label: fault.Say("Text", "文本"), Format: "plain"},
	"draws":         {Label: fault.Say("Draws", "抽题")},
	"count":         {Label: fault.Say("How many", "数量")},
	"pool":          {Label: fault.Say("Pool", "题池")},
}
