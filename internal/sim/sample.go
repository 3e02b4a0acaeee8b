package sim

import _ "embed"

// Sample is a file of questions in GIFT, in Chinese and English, of every type that the format knows. It was written for this project.
//
//go:embed sample.gift
var Sample string
