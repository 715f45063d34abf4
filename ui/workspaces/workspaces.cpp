#include "ui/workspaces/workspaces.h"

#include "ui/workspaces/train/train_workspace.h"

namespace imago {

namespace {

template <class... Each>
struct List {
    static QList<QCommandLineOption> options() { return (QList<QCommandLineOption>{} + ... + Each::options()); }
    static std::vector<std::unique_ptr<Workspace>> make(const WorkspaceContext& context) {
        std::vector<std::unique_ptr<Workspace>> made;
        (made.push_back(std::make_unique<Each>(context)), ...);
        return made;
    }
};

using Workspaces = List<TrainWorkspace>;  // a new one is a folder beside train/ and a word here

}  // namespace

QList<QCommandLineOption> workspaceOptions() {
    return Workspaces::options();
}

std::vector<std::unique_ptr<Workspace>> makeWorkspaces(const WorkspaceContext& context) {
    return Workspaces::make(context);
}

}  // namespace imago
