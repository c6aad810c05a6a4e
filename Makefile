# The project's checks. `make test` is all of them, on a machine with Go and not much else; the other targets are its
# parts. Nothing here is needed to use goherd: `go run . run examples/quickstart.ipynb` does without make.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
PLATFORMS   = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

# Everything but the end-to-end tests, which run without the race detector, after the others and alone.
UNITS = $$(go list ./... | grep -v /tests$$)

.PHONY: all test env check cross unit e2e bench clean

all: test

# The one command that says whether the project is well. Its last line is "N passed, N failed".
test: env
	@go run ./internal/tally "make -s check" "make -s cross" \
		"go test -race -timeout 15m $(UNITS)" "go test -timeout 20m ./tests"

# A Python environment with JupyterLab in .venv, and a browser: what the end-to-end tests use.
env:
	@tests/env.sh

# What the tools can say without running anything.
check:
	@bad=$$(gofmt -l $$(go list -f '{{.Dir}}' ./...)); if [ -n "$$bad" ]; then echo "not formatted: $$bad"; exit 1; fi
	@go mod tidy -diff
	@go vet ./...
	@go run $(STATICCHECK) ./...

# Every package for every platform, without cgo, and the program linked. For one platform of each system go vet looks at
# the tests, too; more would cost more than it finds.
cross:
	@set -e; for p in $(PLATFORMS); do \
		export CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/}; \
		go build -o /dev/null ./... && go build -o /dev/null . || { echo "does not build for $$p"; exit 1; }; \
		case $$p in darwin/arm64|windows/amd64) go vet ./... || { echo "vet for $$p"; exit 1; };; esac; \
	done

unit:
	@go run ./internal/tally "go test -race -timeout 15m $(UNITS)"

e2e: env
	@go run ./internal/tally "go test -timeout 20m ./tests"

# goherd beside ipykernel, the language of its cells beside CPython, yaegi and compiled Go, and its parallel runtime beside
# multiprocessing, joblib and Ray: prints tables and writes them to bench/RESULTS.md, LANGUAGE.md and PARALLEL.md.
bench: env
	@go run ./bench
	@go run ./bench/lang
	@go run ./bench/parallel

clean:
	rm -rf .venv artefacts goherd
