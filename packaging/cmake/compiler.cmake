# Compiler: warnings, hardening, sanitizers, ccache. Everything that is said to the compiler for the whole tree.
find_program(IMAGO_CCACHE ccache)
if(IMAGO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # A precompiled header needs these, or nothing is ever found in the cache.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${IMAGO_CCACHE}
    )
endif()
# CMake's own flags define NDEBUG in every optimised build; what developers and CI run keeps its asserts.
if(IMAGO_ASSERTS)
    foreach(kind RELEASE RELWITHDEBINFO MINSIZEREL)
        string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_${kind} "${CMAKE_CXX_FLAGS_${kind}}")
    endforeach()
endif()
# Not mold: Debian 12's (1.10) writes a RELRO segment that the loader refuses for some programs with thread-local variables.

add_library(imago_options INTERFACE)
target_compile_options(imago_options INTERFACE -Wall -Wextra -Wshadow -fno-math-errno)
# GCC 12 sees overlaps and overflows in std::string where there are none (its bugs 105329, 105651).
target_compile_options(imago_options INTERFACE -Wno-restrict -Wno-stringop-overflow)
target_include_directories(imago_options INTERFACE ${CMAKE_SOURCE_DIR})
if(IMAGO_WERROR)
    target_compile_options(imago_options INTERFACE -Werror)
endif()

if(IMAGO_SANITIZE)
    # A report ends the program, so that no test passes over one.
    add_compile_options(-fsanitize=${IMAGO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    add_link_options(-fsanitize=${IMAGO_SANITIZE})
else()
    add_compile_options(-fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
    add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_GLIBCXX_ASSERTIONS>)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
