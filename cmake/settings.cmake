# Compiler settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# -O3 where it pays: device sources (backends.cmake), the chunk codec, benchmarks. Elsewhere it costs time to build.
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

# The files of each folder are compiled together, so that what they include is read once. Files with compile options of
# their own stay by themselves.
function(dosi_unite target)
  if(NOT DOSI_UNITY OR NOT TARGET ${target})
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    get_source_file_property(options ${source} COMPILE_OPTIONS)
    if(source MATCHES "\\.cpp$" AND NOT options)
      file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${source})
      cmake_path(GET folder PARENT_PATH folder)
      string(MAKE_C_IDENTIFIER ${folder} group)
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
endfunction()

# A header with the version and the git commit, rewritten only when they change.
function(dosi_version_header target)
  add_custom_target(dosi_version_stamp
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
            -DOUT=${CMAKE_BINARY_DIR}/generated/dosi_version.hpp -P ${PROJECT_SOURCE_DIR}/cmake/version.cmake
    BYPRODUCTS ${CMAKE_BINARY_DIR}/generated/dosi_version.hpp VERBATIM)
  add_dependencies(${target} dosi_version_stamp)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()

# What a report page is made of, compiled in as bytes so that a page needs no network and a moved program finds
# it: the drawing library (d3 of Debian's node-d3) and the page's own files. Each becomes a pair of symbols
# dosi_<name>_begin and dosi_<name>_end; several files of one name follow each other.
function(dosi_embed_page_libraries target)
  find_file(DOSI_D3 d3.min.js PATHS /usr/share/nodejs/d3/dist /usr/share/javascript/d3 REQUIRED)
  set(page ${PROJECT_SOURCE_DIR}/io/report/page)
  set(embedded_d3 ${DOSI_D3})
  set(embedded_page_html ${page}/page.html)
  set(embedded_page_css ${page}/page.css)
  set(embedded_page_js ${page}/words.js ${page}/tools.js ${page}/scale.js ${page}/map.js ${page}/map_side.js ${page}/distribution.js
      ${page}/curve.js ${page}/grid.js ${page}/table.js ${page}/provenance.js ${page}/page.js)
  set(out ${CMAKE_BINARY_DIR}/generated/page_library.S)
  set(text ".section .rodata\n")
  set(files)
  foreach(name d3 page_html page_css page_js)
    string(APPEND text ".global dosi_${name}_begin\n.global dosi_${name}_end\ndosi_${name}_begin:\n")
    foreach(file ${embedded_${name}})
      string(APPEND text ".incbin \"${file}\"\n")
      list(APPEND files ${file})
    endforeach()
    string(APPEND text "dosi_${name}_end:\n.byte 0\n")
  endforeach()
  string(APPEND text ".section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${out} CONTENT "${text}" @ONLY)
  set_source_files_properties(${out} TARGET_DIRECTORY ${target} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${out})
endfunction()
