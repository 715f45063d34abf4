// Measures: every size of the program in logical pixels (4-pixel grid) and milliseconds. Any thread.
#pragma once

namespace imago::measure {

constexpr int grid = 4;
constexpr int gap = 8;        // inside a group
constexpr int groupGap = 16;  // between groups
constexpr int padding = 12;   // in a panel
constexpr int radius = 4;
constexpr int border = 1;
constexpr int control = 28, controlDense = 24, controlPrimary = 36;
constexpr int icon = 16, iconLarge = 20;
constexpr int scrollBar = 12;
constexpr int sliderHandle = 14, sliderTrack = 4;
constexpr int checkBox = 16;
constexpr int rowHeight = 44;  // a run in the list
constexpr int topBar = 44;
constexpr int statusBar = 28;
constexpr int filmstrip = 68;  // with its ticks
constexpr int filmFrame = 48;
constexpr int stripPicture = 28;  // of the chosen data, in the setup
constexpr int runsWidth = 220, setupWidth = 320;
constexpr int runNameMost = 280;  // longer ones are shortened in the middle
constexpr int compactRun = 700;   // a run narrower than this shows fewer words
constexpr int plotLeast = 136, plotMost = 240;
constexpr int plotLeft = 64, plotRight = 12;  // margins that plot and filmstrip share
constexpr int chipWords = 280;                // a sentence on the plot may be this long at least
constexpr int maxPictureZoom = 8;
constexpr int pixelArtLimit = 128;  // pictures up to this size are shown at whole multiples, nearest neighbour
constexpr int minWindowWidth = 1100, minWindowHeight = 700;
constexpr int firstWindowWidth = 1440, firstWindowHeight = 900;
constexpr int valueWidth = 132;  // a typed value at the right of its label
constexpr int deviceWidth = 200;
constexpr int trayWidth = 360;
constexpr int doorWidth = 300, doorPicture = 168;
constexpr int dot = 6;        // changed-from-default mark
constexpr int accentBar = 3;  // of a selected row
constexpr int ring = 2;
constexpr int motionMs = 120;
constexpr int trayLingerMs = 8000;  // that long a job which has ended well stays in the tray
constexpr double plotLine = 1.6, plotRawLine = 1.0, plotRawOpacity = 0.28;
constexpr int bodyPt = 10, captionPt = 9, captionPtChinese = 10, titlePt = 12, doorPt = 14;

}  // namespace imago::measure
