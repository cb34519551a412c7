// Judge answers questions about health checks with Argo CD's own code, one JSON object a line.
//
// A question is one of
//
//	{"obj": {…}, "script": "…", "openLibs": false}   what does this script say of this object
//	{"obj": {…}, "overrides": {"group/Kind": {"script": "…", "openLibs": false}}}   what would Argo CD show
//	{"obj": {…}}                                     what does the built-in check say
//	{"data": {…}, "kinds": ["pulumi.com/Stack", …]}  what does this argocd-cm put in force
//
// Answers come in the order of the questions.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/fake"
)

const (
	longestLine = 64 << 20
	inFlight    = 64 // reading settings is mostly waiting for informers
)

// Scripts have a second each: more of them at once than there are processors would take it away.
var processors = make(chan struct{}, runtime.NumCPU())

type check struct {
	Script   string `json:"script"`
	OpenLibs bool   `json:"openLibs"`
}

type question struct {
	check
	Obj       json.RawMessage   `json:"obj"`
	Overrides map[string]check  `json:"overrides"`
	Data      map[string]string `json:"data"`
	Kinds     []string          `json:"kinds"`
}

type answer struct {
	Status          string            `json:"status"`
	Message         string            `json:"message,omitempty"`
	DeletionMessage string            `json:"deletionMessage,omitempty"`
	None            bool              `json:"none,omitempty"`
	Error           string            `json:"error,omitempty"`
	InForce         map[string]check  `json:"inForce,omitempty"`
	Excluded        map[string]bool   `json:"excluded,omitempty"`
	Broken          map[string]string `json:"broken,omitempty"`
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	os.Stdout = os.Stderr // scripts may print
	logrus.SetOutput(io.Discard)

	pending := make(chan chan answer, inFlight)
	var writing sync.WaitGroup
	writing.Add(1)
	go func() {
		defer writing.Done()
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		for answered := range pending {
			if err := encoder.Encode(<-answered); err != nil {
				panic(err)
			}
			if len(pending) == 0 {
				out.Flush()
			}
		}
		out.Flush()
	}()

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	for lines.Scan() {
		line := append([]byte(nil), lines.Bytes()...)
		answered := make(chan answer, 1)
		pending <- answered
		go func() { answered <- respond(line) }()
	}
	close(pending)
	writing.Wait()
	if err := lines.Err(); err != nil {
		panic(err)
	}
}

func respond(line []byte) (said answer) {
	defer func() {
		if trouble := recover(); trouble != nil {
			said = answer{Error: fmt.Sprintf("panic: %v", trouble)}
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: "bad question: " + err.Error()}
	}
	if asked.Data != nil {
		return inForce(asked.Data, asked.Kinds)
	}
	processors <- struct{}{}
	defer func() { <-processors }()
	obj := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(asked.Obj, &obj.Object); err != nil { // integers stay integers, as in the controller
		return answer{Error: "bad object: " + err.Error()}
	}
	if asked.Overrides != nil {
		overrides := lua.ResourceHealthOverrides{}
		for key, given := range asked.Overrides {
			overrides[key] = v1alpha1.ResourceOverride{HealthLua: given.Script, UseOpenLibs: given.OpenLibs}
		}
		return told(health.GetResourceHealth(obj, overrides))
	}
	script, openLibs := asked.Script, asked.OpenLibs
	if script == "" {
		var err error
		if script, openLibs, err = (lua.VM{}).GetHealthScript(obj); err != nil {
			return answer{Error: err.Error()}
		}
	}
	return told(lua.VM{UseOpenLibs: openLibs}.ExecuteHealthLua(obj, script))
}

func told(found *health.HealthStatus, err error) answer {
	if err != nil {
		return answer{Error: err.Error()}
	}
	if found == nil {
		return answer{None: true}
	}
	return answer{Status: string(found.Status), Message: found.Message, DeletionMessage: found.DeletionMessage}
}

func inForce(data map[string]string, kinds []string) answer {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	configMap := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: "argocd-cm", Namespace: "argocd", Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
		},
		Data: data,
	}
	manager := settings.NewSettingsManager(ctx, fake.NewClientset(configMap), "argocd")
	for tries := 0; tries < 500; tries++ { // now and then its informers say that they have it before they do
		if _, err := manager.GetConfigMapByName("argocd-cm"); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	said := answer{InForce: map[string]check{}, Excluded: map[string]bool{}, Broken: map[string]string{}}
	overrides, err := manager.GetResourceOverrides()
	if err != nil {
		said.Broken["overrides"] = err.Error()
	}
	filter, err := manager.GetResourcesFilter()
	if err != nil {
		said.Broken["filter"] = err.Error()
	}
	if _, err := manager.GetIsIgnoreResourceUpdatesEnabled(); err != nil {
		said.Broken["updates"] = err.Error()
	}
	if _, err := manager.RespectRBAC(); err != nil {
		said.Broken["rbac"] = err.Error()
	}
	for _, key := range kinds {
		group, kind, found := strings.Cut(key, "/")
		if !found {
			group, kind = "", key
		}
		if filter != nil {
			said.Excluded[key] = filter.IsExcludedResource(group, kind, "https://kubernetes.default.svc")
		}
		if overrides == nil {
			continue
		}
		obj := &unstructured.Unstructured{}
		obj.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind})
		script, openLibs, err := lua.VM{ResourceOverrides: overrides}.GetHealthScript(obj)
		if err != nil {
			said.Broken[key] = err.Error()
			continue
		}
		said.InForce[key] = check{Script: script, OpenLibs: openLibs}
	}
	return said
}
