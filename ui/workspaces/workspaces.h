// The workspaces of the window, in the order of their tabs: the one list of them. GUI thread.
#pragma once

#include <memory>
#include <vector>

#include "ui/workspace.h"

namespace imago {

QList<QCommandLineOption> workspaceOptions();  // what the command line may ask of them
std::vector<std::unique_ptr<Workspace>> makeWorkspaces(const WorkspaceContext& context);

}  // namespace imago
