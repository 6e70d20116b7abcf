package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"
)

// subcommand is one of the words that can follow cachegen. Anything else is a package.
type subcommand struct {
	name, usage, help string
	flags             func(*flag.FlagSet, *request)
	run               func(ctx context.Context, e env, r request) int
}

var subcommands = []subcommand{
	{
		"", "cachegen [-json] [-strict] [packages]",
		"Writes a typed caching decorator for each annotated interface of the packages; the default is the package in the current directory.",
		findingFlags,
		func(ctx context.Context, e env, r request) int { return generate(ctx, e, r, false) },
	},
	{
		"check", "cachegen check [-json] [-strict] [packages]",
		"Reports what is wrong and which files are out of date, and writes nothing. Exit status 1 if there is more to report than warnings;\n" +
			"with -strict, warnings count as well.",
		findingFlags,
		func(ctx context.Context, e env, r request) int { return generate(ctx, e, r, true) },
	},
	{
		"explain", "cachegen explain [-format f] [-pattern p] [packages]",
		"Shows what is cached and what makes it stale. For each read: its keys, how long and for whom it is kept, the writes that invalidate\n" +
			"it; for each write what it reaches. The format is text, json, mermaid, dot, or html, a page that needs nothing else. With -pattern, only\n" +
			"what that would drop: cachegen explain -pattern 'contact:*'.",
		explainFlags,
		explainTo,
	},
	{
		"vet", "cachegen vet [-json] [-strict] [packages]",
		"Reports what is wrong, as check does, whatever the state of the generated files. For go vet, which looks at one package at a time, cachegen\n" +
			"is a vettool: go vet -vettool=$(go tool -n cachegen) ./...",
		findingFlags,
		vet,
	},
	{
		"version", "cachegen version",
		"Prints the version of cachegen.",
		nil,
		func(_ context.Context, e env, _ request) int {
			fmt.Fprintln(e.stdout, "cachegen "+version())
			return exitDone
		},
	},
	{
		"help", "cachegen help [command]",
		"Prints this, or what one command does.",
		nil,
		nil,
	},
}

func findingFlags(flags *flag.FlagSet, r *request) {
	flags.BoolVar(&r.json, "json", false, "print findings as JSON")
	flags.BoolVar(&r.strict, "strict", false, "warnings are errors")
}

func explainFlags(flags *flag.FlagSet, r *request) {
	flags.StringVar(&r.format, "format", "text", "text, json, mermaid, dot or html")
	flags.StringVar(&r.pattern, "pattern", "", "only what this pattern would drop")
}

// run dispatches a command line and returns the exit code.
func run(ctx context.Context, e env, args []string) int {
	cmd := subcommands[0]
	if len(args) > 0 {
		word := args[0]
		switch {
		case isCommand(word):
			cmd, args = commandNamed(word), args[1:]
		case isCommandLike(word):
			fmt.Fprintf(e.stderr, "cachegen: unknown command %q; %s\nRun 'cachegen help' for usage.\n", word, suggest(word))
			return exitBroken
		}
	}
	if cmd.name == "help" {
		return help(e, args)
	}

	flags := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var r request
	if cmd.flags != nil {
		cmd.flags(flags, &r)
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return help(e, []string{cmd.name})
	case err != nil:
		fmt.Fprintf(e.stderr, "cachegen: %v\nusage: %s\n", err, cmd.usage)
		return exitBroken
	case cmd.name == "version" && flags.NArg() > 0:
		fmt.Fprintf(e.stderr, "cachegen: version takes no arguments\nusage: %s\n", cmd.usage)
		return exitBroken
	}
	r.patterns = flags.Args()
	if i := slices.IndexFunc(r.patterns, func(p string) bool { return strings.HasPrefix(p, "-") }); i >= 0 {
		fmt.Fprintf(e.stderr, "cachegen: the flag %s must stand before the packages\nusage: %s\n", r.patterns[i], cmd.usage)
		return exitBroken
	}
	if len(r.patterns) == 0 {
		r.patterns = []string{"."}
	}
	if word := r.patterns[0]; cmd.name == "" && len(r.patterns) < len(args) && isCommand(word) {
		fmt.Fprintf(e.stderr, "cachegen: the command %s must stand before the flags\nusage: %s\n", word, commandNamed(word).usage)
		return exitBroken
	}
	return cmd.run(ctx, e, r)
}

func isCommand(word string) bool { return word != "" && commandNamed(word).name == word }

// commandNamed returns the command of that name, or else the one without a name.
func commandNamed(word string) subcommand {
	i := slices.IndexFunc(subcommands, func(c subcommand) bool { return c.name == word })
	return subcommands[max(i, 0)]
}

// isCommandLike tells a mistyped command from a package: a word without a slash or a dot, which as
// a package could only be one of the standard library or a module of one word.
func isCommandLike(word string) bool {
	const packages = "all std cmd main"
	return !strings.ContainsAny(word, "/.\\@=:") && !strings.HasPrefix(word, "-") && !slices.Contains(strings.Fields(packages), word)
}

// suggest guesses what was meant by a word that is no command: the command whose letters it has,
// give or take one, or else a directory.
func suggest(word string) string {
	for _, c := range subcommands[1:] {
		if alike(c.name, word) || alike(word, c.name) || strings.HasPrefix(c.name, word) || strings.HasPrefix(word, c.name) {
			return fmt.Sprintf("did you mean %q?", c.name)
		}
	}
	if strings.HasPrefix("generate", word) {
		return "to generate, run cachegen [packages] without a command"
	}
	return "a package in that directory is written ./" + word
}

// alike reports whether a word has the letters of another, in any order, and at most one more.
func alike(short, long string) bool {
	for _, letter := range short {
		i := strings.IndexRune(long, letter)
		if i < 0 {
			return false
		}
		long = long[:i] + long[i+utf8.RuneLen(letter):]
	}
	return utf8.RuneCountInString(long) <= 1
}

// help prints the usage of everything, or of one command.
func help(e env, args []string) int {
	if len(args) == 1 {
		switch c := commandNamed(args[0]); {
		case c.name != args[0]:
			fmt.Fprintf(e.stderr, "cachegen: unknown command %q\nRun 'cachegen help' for usage.\n", args[0])
			return exitBroken
		case c.name != "":
			fmt.Fprintf(e.stdout, "usage: %s\n\n%s\n", c.usage, c.help)
			return exitDone
		}
	}
	fmt.Fprint(e.stdout, "Cachegen turns annotated repository interfaces into typed caching decorators.\n\nUsage:\n\n")
	for _, c := range subcommands {
		fmt.Fprintf(e.stdout, "\t%-54s%s\n", c.usage, firstSentence(c.help))
	}
	fmt.Fprint(e.stdout, `
A directive is a line //cache: and its options, directly above a method of an interface:

	//cache:ttl=10m prefix=contact
	Get(ctx context.Context, id string) (*Contact, error)

With -json, findings are printed to standard output, one JSON object per line. With -strict, warnings are errors.
Exit status: 0 done, 1 findings or (check) files out of date, 2 wrong usage or a package that does not load.
The manual: go doc github.com/cachegen/cachegen/cmd/cachegen
`)
	return exitDone
}

func firstSentence(s string) string {
	if i := strings.IndexAny(s, ".;"); i >= 0 {
		return s[:i]
	}
	return s
}

// version is what the go command recorded about this binary: a module version, or the commit it was
// built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, dep := range info.Deps { // the tool of a test binary, or a program that embeds us
		if dep.Path == "github.com/cachegen/cachegen" {
			v = dep.Version
		}
	}
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}
