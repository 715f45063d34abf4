<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>imago::DataPicker</name>
    <message numerus="yes">
        <source>%Ln picture(s): expect variations of your pictures.</source>
        <translation>
            <numerusform>%Ln picture: expect variations of your pictures.</numerusform>
            <numerusform>%Ln pictures: expect variations of your pictures.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s): starts from a model that already knows shapes and colours, where one fits; may repeat your pictures.</source>
        <translation>
            <numerusform>%Ln picture: starts from a model that already knows shapes and colours, where one fits; may repeat your pictures.</numerusform>
            <numerusform>%Ln pictures: starts from a model that already knows shapes and colours, where one fits; may repeat your pictures.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s): learns from scratch.</source>
        <translation>
            <numerusform>%Ln picture: learns from scratch.</numerusform>
            <numerusform>%Ln pictures: learns from scratch.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::Filmstrip</name>
    <message numerus="yes">
        <source>%n moment(s)</source>
        <translation>
            <numerusform>%n moment</numerusform>
            <numerusform>%n moments</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::MainWindow</name>
    <message numerus="yes">
        <source>Save it before Imago closes?</source>
        <translation>
            <numerusform>Save it before Imago closes?</numerusform>
            <numerusform>Save them before Imago closes?</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::RunRecord</name>
    <message numerus="yes">
        <source>Finished after %Ln step(s).</source>
        <translation>
            <numerusform>Finished after %Ln step.</numerusform>
            <numerusform>Finished after %Ln steps.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::SampleGrid</name>
    <message numerus="yes">
        <source>%Ln picture(s) at step %1</source>
        <translation>
            <numerusform>%Ln picture at step %1</numerusform>
            <numerusform>%Ln pictures at step %1</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::StatusStrip</name>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n second</numerusform>
            <numerusform>%n seconds</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::TrainWorkspace</name>
    <message numerus="yes">
        <source>%Ln training(s) are still going.</source>
        <translation>
            <numerusform>A training is still going.</numerusform>
            <numerusform>%Ln trainings are still going.</numerusform>
        </translation>
    </message>
</context>
</TS>
