// The coordinate system of made cities: EPSG:5186, as the EPSG registry defines it, in WKT 2 (ISO 19162).
#pragma once

#include "io/city/city.hpp"

namespace dosi::make_city {

inline city::Crs korean_crs() {
  return {
      "EPSG:5186",
      R"wkt(PROJCRS["KGD2002 / Central Belt 2010",)wkt"
      R"wkt(BASEGEOGCRS["KGD2002",DATUM["Korean Geodetic Datum 2002",)wkt"
      R"wkt(ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],)wkt"
      R"wkt(PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4737]],)wkt"
      R"wkt(CONVERSION["Korea Central Belt 2010",METHOD["Transverse Mercator",ID["EPSG",9807]],)wkt"
      R"wkt(PARAMETER["Latitude of natural origin",38,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8801]],)wkt"
      R"wkt(PARAMETER["Longitude of natural origin",127,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8802]],)wkt"
      R"wkt(PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1],ID["EPSG",8805]],)wkt"
      R"wkt(PARAMETER["False easting",200000,LENGTHUNIT["metre",1],ID["EPSG",8806]],)wkt"
      R"wkt(PARAMETER["False northing",600000,LENGTHUNIT["metre",1],ID["EPSG",8807]]],)wkt"
      R"wkt(CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],)wkt"
      R"wkt(AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]],)wkt"
      R"wkt(USAGE[SCOPE["Engineering survey, topographic mapping."],AREA["South Korea, 126°E to 128°E."],)wkt"
      R"wkt(BBOX[33.14,126,38.33,128]],ID["EPSG",5186]])wkt"};
}

}  // namespace dosi::make_city
