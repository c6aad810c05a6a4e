package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// render returns the files of a package. on holds its API on each of the platforms.
func render(path string, on []*api) map[string]string {
	// Where an entry stands is the coarsest of: everywhere, a system, a platform.
	all := map[entry][]platform{}
	for i, a := range on {
		for e := range a.entries {
			all[e] = append(all[e], platforms[i])
		}
	}
	var common []entry
	bySystem := map[string][]entry{}
	byPlatform := map[platform][]entry{}
	for e, where := range all {
		if len(where) == len(platforms) {
			common = append(common, e)
			continue
		}
		here := map[string][]platform{}
		for _, p := range where {
			here[p.os] = append(here[p.os], p)
		}
		for system, list := range here {
			if len(list) == processors(system) {
				bySystem[system] = append(bySystem[system], e)
				continue
			}
			for _, p := range list {
				byPlatform[p] = append(byPlatform[p], e)
			}
		}
	}
	base := strings.ReplaceAll(path, "/", "_")
	name := camel(path)
	files := map[string]string{}
	var system, processor string // names of what the parts call
	if len(bySystem) > 0 || len(byPlatform) > 0 {
		system = name + "System"
	}
	if len(byPlatform) > 0 {
		processor = name + "Platform"
	}
	files[base+".go"] = file(path, name, system, common)
	for _, p := range platforms {
		if system != "" {
			files[base+"_"+p.os+".go"] = file(path, system, processor, bySystem[p.os])
		}
		if processor != "" {
			files[base+"_"+p.os+"_"+p.arch+".go"] = file(path, processor, "", byPlatform[p])
		}
	}
	return files
}

// processors counts the platforms of a system.
func processors(system string) int {
	n := 0
	for _, p := range platforms {
		if p.os == system {
			n++
		}
	}
	return n
}

// perCall is how many symbols stand in one call: the arguments of a call lie on the
// stack, and lines should stay readable.
const perCall = 8

// file writes the functions that bind entries, named bind+name and wrap+name. They
// call those named next, if any. Wrappers don't differ between platforms.
func file(path, name, next string, entries []entry) string {
	byKind := map[kind][]entry{}
	imports := map[string]bool{}
	for _, e := range entries {
		byKind[e.kind] = append(byKind[e.kind], e)
		if e.text == "" {
			imports[path] = true
		}
		for i := range strings.FieldsSeq(e.imports) {
			imports[i] = true
		}
	}
	pkg := packageName(path)
	var bind, wrap, decls strings.Builder
	for _, k := range kinds {
		list := byKind[k]
		slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		for chunk := range slices.Chunk(list, perCall) {
			var names, values []string
			for _, e := range chunk {
				qualified := pkg + "." + e.name
				switch k {
				case vars:
					qualified = "&" + qualified
				case floats:
					qualified = fmt.Sprintf("%q", e.text)
				case typs:
					qualified = "(*" + qualified + ")(nil)"
				case wrappers:
					decls.WriteString("\n" + e.text)
					qualified = "(*" + strings.Fields(e.text)[1] + ")(nil)"
					e.name = "_" + e.name
				}
				names = append(names, e.name)
				values = append(values, qualified)
			}
			out, method := &bind, string(k)
			if k == wrappers {
				out, method = &wrap, string(typs)
			}
			fmt.Fprintf(out, "t.%s(%q,\n%s)\n", method, strings.Join(names, " "), strings.Join(values, ", "))
		}
	}
	if next != "" {
		fmt.Fprintf(&bind, "bind%s(t)\n", next)
	}
	text := "package std\n\n"
	if path == "time/tzdata" { // all that it does, it does when it is linked in
		text += "import _ \"time/tzdata\"\n\n"
	}
	if len(imports) > 0 {
		text += "import (\n"
		for _, i := range slices.Sorted(maps.Keys(imports)) {
			text += fmt.Sprintf("%q\n", i)
		}
		text += ")\n\n"
	}
	param := "t *table"
	if bind.Len() == 0 {
		param = "*table"
	}
	text += fmt.Sprintf("func bind%s(%s) {\n%s}\n", name, param, bind.String())
	if wrap.Len() > 0 {
		text += fmt.Sprintf("\nfunc wrap%s(t *table) {\n%s}\n%s", name, wrap.String(), decls.String())
	}
	return text
}

// packageName returns the name that an import path has as a qualifier; the files
// import without renaming.
func packageName(path string) string {
	elems := strings.Split(path, "/")
	last := elems[len(elems)-1]
	if last == "v2" {
		last = elems[len(elems)-2]
	}
	return last
}

// renderIndex writes the table of packages.
func renderIndex(a map[string]*api) string {
	var b strings.Builder
	b.WriteString("package std\n\n// packages holds what there is, sorted by path.\nvar packages = [...]pkg{\n")
	for _, path := range slices.Sorted(maps.Keys(a)) {
		if !bound(path) {
			continue
		}
		wrap := "nil"
		for e := range a[path].entries {
			if e.kind == wrappers {
				wrap = "wrap" + camel(path)
			}
		}
		if packageName(path) != a[path].name {
			panic(fmt.Sprintf("%s is named %s", path, a[path].name))
		}
		fmt.Fprintf(&b, "{%q, %q, bind%s, %s},\n", path, a[path].name, camel(path), wrap)
	}
	b.WriteString("}\n")
	return b.String()
}
