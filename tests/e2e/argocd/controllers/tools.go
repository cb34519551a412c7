//go:build tools

// Package tools names the program that the chain's tests build from this module.
package tools

import _ "github.com/argoproj/argo-cd/v3/cmd"
