// Class names as names of folders: what a file system does not allow in them is written as % and two hexadecimal digits.
// Any thread.
#pragma once

#include <string>

namespace imago {

std::string folderOfClass(const std::string& name);    // never empty, hidden, or of several parts
std::string classOfFolder(const std::string& folder);  // undoes it; leaves every other name as it is

}  // namespace imago
