# One source, two backends. dosi_device_sources(target file.cu...) builds each file
#   - with g++ as C++ (DOSI_BACKEND=cpu, OpenMP), through a generated stub, and
#   - with nvcc (DOSI_BACKEND=cuda) when DOSI_CUDA is on.
set(DOSI_CUDA_ARCHITECTURES "90-real;80-virtual" CACHE STRING
    "Machine code for Hopper, PTX from compute capability 8.0 up for every other card")
if(DOSI_CUDA)
  set(CMAKE_CUDA_ARCHITECTURES ${DOSI_CUDA_ARCHITECTURES})
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
  enable_language(CUDA)
  # CMake 3.25 does not know that nvcc has C++20.
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  find_package(CUDAToolkit REQUIRED)
  target_compile_definitions(dosi_settings INTERFACE DOSI_WITH_CUDA=1)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/device_flags.txt)
  file(STRINGS cmake/device_flags.txt device_flags REGEX "^-")
  target_compile_options(dosi_settings INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:${device_flags} -lineinfo -Xcompiler=-Wall,-Wextra,-Wno-missing-field-initializers,-ffp-contract=off>)
endif()

function(dosi_device_sources target)
  foreach(source ${ARGN})
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
    set(stub ${CMAKE_BINARY_DIR}/cpu_backend/${name}.cpp)
    file(CONFIGURE OUTPUT ${stub} CONTENT "#define DOSI_BACKEND cpu\n#include \"@source@\"\n" @ONLY)
    target_sources(${target} PRIVATE ${stub})
    set_property(SOURCE ${stub} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
    if(DOSI_CUDA)
      set(stub ${CMAKE_BINARY_DIR}/cuda_backend/${name})
      file(CONFIGURE OUTPUT ${stub} CONTENT "#define DOSI_BACKEND cuda\n#include \"@source@\"\n" @ONLY)
      target_sources(${target} PRIVATE ${stub})
    endif()
  endforeach()
  if(DOSI_CUDA)
    target_link_libraries(${target} PUBLIC CUDA::cudart_static)
  endif()
endfunction()
