# Compiler settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# -O3 where it pays: the kernels (CMakeLists.txt) and the chunk codec. Elsewhere it mostly costs time to build.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(dosi_settings INTERFACE)
target_include_directories(dosi_settings INTERFACE ${PROJECT_SOURCE_DIR})
# No fused multiply-add behind the source's back: both backends must round alike.
target_compile_options(dosi_settings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wno-missing-field-initializers -ffp-contract=off>)
set(DOSI_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
if(DOSI_SANITIZE)
  target_compile_options(dosi_settings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${DOSI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer>)
  target_link_options(dosi_settings INTERFACE -fsanitize=${DOSI_SANITIZE})
endif()
if(DOSI_NATIVE)
  target_compile_options(dosi_settings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-march=native>)
endif()

# A header with the version and the git commit, rewritten only when they change.
function(dosi_version_header target)
  add_custom_target(dosi_version_stamp
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
            -DOUT=${CMAKE_BINARY_DIR}/generated/dosi_version.hpp -P ${PROJECT_SOURCE_DIR}/cmake/version.cmake
    BYPRODUCTS ${CMAKE_BINARY_DIR}/generated/dosi_version.hpp VERBATIM)
  add_dependencies(${target} dosi_version_stamp)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()

# The drawing library of the report page, from Debian's node-d3, compiled in as a byte array
# so that a page needs no network and a moved program finds it.
function(dosi_embed_page_libraries target)
  find_file(DOSI_D3 d3.min.js PATHS /usr/share/nodejs/d3/dist /usr/share/javascript/d3 REQUIRED)
  set(out ${CMAKE_BINARY_DIR}/generated/page_library.S)
  file(WRITE ${out}.in
".section .rodata
.global dosi_d3_begin
.global dosi_d3_end
dosi_d3_begin:
.incbin \"${DOSI_D3}\"
dosi_d3_end:
.byte 0
.section .note.GNU-stack,\"\",%progbits
")
  configure_file(${out}.in ${out} COPYONLY)
  target_sources(${target} PRIVATE ${out})
endfunction()
