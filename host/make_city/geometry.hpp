// Points of the plane in metres, and the little arithmetic on them that the city needs.
#pragma once

#include <cmath>

namespace dosi::make_city {

struct Point {
  double x = 0, y = 0;
  Point operator+(Point o) const { return {x + o.x, y + o.y}; }
  Point operator-(Point o) const { return {x - o.x, y - o.y}; }
  Point operator*(double s) const { return {x * s, y * s}; }
  bool operator==(const Point&) const = default;
};

inline double dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
inline double cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }
inline double length(Point a) { return std::sqrt(dot(a, a)); }
inline double distance(Point a, Point b) { return length(a - b); }
inline Point unit(Point a) { return a * (1 / length(a)); }
inline Point left_of(Point a) { return {-a.y, a.x}; }
inline Point between_points(Point a, Point b, double t) { return a + (b - a) * t; }

}  // namespace dosi::make_city
