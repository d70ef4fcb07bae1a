// What a wind result tells beside its maps: how each run went, the probes, the buildings, and the page.
#pragma once

#include "host/wind/case.hpp"
#include "host/wind/maps.hpp"
#include "host/wind/site.hpp"
#include "host/wind/slices.hpp"
#include "io/result/result.hpp"

namespace dosi::wind {

struct Figure {
  const char *name, *label, *korean, *units;
};

// One value a direction each.
inline constexpr Figure kRunFigures[] = {
    {"from", "where the wind comes from", "풍향", "degree"},
    {"time_step", "time of a step", "시간 간격", "s"},
    {"viscosity", "viscosity of the flow on this grid", "격자에서의 점성계수", "m2/s"},
    {"roughness", "roughness length of the ground", "지면 조도길이", "m"},
    {"roughness_of_profile", "roughness length that the inflow's profile has in the lowest cells",
     "유입 연직 분포의 최하층 조도길이", "m"},
    {"through", "time that the wind needs through the box", "영역 통과 시간", "s"},
    {"spin_up", "time before averaging", "평균 전 시간", "s"},
    {"averaged", "time averaged", "평균 시간", "s"},
    {"steps", "steps", "계산 단계 수", ""},
    {"emitted", "emitted", "배출량", "g"},
    {"inside", "of it in the box at the end", "영역 내 잔류량", "g"},
    {"left", "of it gone with the wind", "유출량", "g"},
    {"settled", "1: had settled when averaging began", "1: 평균 시작 때 정상 상태", ""},
    {"certain", "1: the street's means are within the tolerance", "1: 평균이 허용 오차 이내", ""},
    {"error", "standard error of the street's mean speeds, share of the reference speed",
     "평균 풍속의 표준오차 (기준 풍속 대비)", "1"},
};
struct Probed {
  const char *name, *label, *korean;
};
inline constexpr Probed kProbed[] = {{"probe_east", "mean velocity to the east at the probe", "측정점의 동쪽 풍속"},
                                     {"probe_north", "mean velocity to the north at the probe", "측정점의 북쪽 풍속"},
                                     {"probe_up", "mean velocity upwards at the probe", "측정점의 위쪽 풍속"}};

// Takes the runs' figures out of the tiled table into tables `directions` and `windows`, the probes into `probes`, the
// slices into tables of their own; adds the buildings, the summary and the panels; and what ParaView opens, where all
// cells were kept.
void write_story(result::Writer& result, const Case& c, const City_site& site, const Maps& maps, const Slices& slices);

}  // namespace dosi::wind
