package commands

import (
	"context"
	"slices"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/resource"
)

// assetsKept refuses a draft that names files which are not there for its organisation: students would look at a hole.
func (w *Work) assetsKept(ctx context.Context, q question.Question, rules *qtype.Type) error {
	missing, err := w.missingAssets(ctx, q, rules)
	if err != nil || len(missing) == 0 {
		return err
	}
	problems := make([]fault.Problem, len(missing))
	for i, asset := range missing {
		problems[i] = fault.Problem{Pointer: asset.Pointer, Code: "asset.missing", Message: fault.Say(
			"no file %.80q is kept; upload it and name it by its SHA-256", "没有文件 %.80q，请上传后以其 SHA-256 引用", asset.Name)}
	}
	return fault.Refuse(fault.Invalid, "question.asset_missing", fault.Say("files that the question names are missing", "题目引用的文件缺失"), problems...)
}

// missingAssets are the places of a draft that name a file which is not there for its organisation.
func (w *Work) missingAssets(ctx context.Context, q question.Question, rules *qtype.Type) ([]qtype.Asset, error) {
	assets := rules.Assets(q.Draft.Content)
	var hashes []content.Hash
	for _, asset := range assets {
		if resource.IsHash(asset.Name) {
			hashes = append(hashes, content.Hash(asset.Name))
		}
	}
	known, err := w.knownFiles(ctx, q.Org, hashes)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(assets, func(a qtype.Asset) bool {
		_, there := known(content.Hash(a.Name))
		return there && resource.IsHash(a.Name)
	}), nil
}

// knownFiles tells what is known of those of the hashes that content of an organisation may name; where nobody knows files, nothing of any.
func (w *Work) knownFiles(ctx context.Context, org string, hashes []content.Hash) (func(content.Hash) (resource.Facts, bool), error) {
	if w.Resources == nil {
		return func(content.Hash) (resource.Facts, bool) { return resource.Facts{}, true }, nil
	}
	var known map[content.Hash]resource.Facts
	if len(hashes) > 0 {
		slices.Sort(hashes)
		var err error
		if known, err = w.Resources.Known(ctx, org, slices.Compact(hashes)); err != nil {
			return nil, err
		}
	}
	return func(hash content.Hash) (resource.Facts, bool) { facts, there := known[hash]; return facts, there }, nil
}
