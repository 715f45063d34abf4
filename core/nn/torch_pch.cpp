// The one source of the target that owns the precompiled header (core/CMakeLists.txt).
