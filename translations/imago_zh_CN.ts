<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Curve</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Fine grain</source>
        <translation>细颗粒</translation>
    </message>
    <message>
        <source>Medium grain</source>
        <translation>中颗粒</translation>
    </message>
    <message>
        <source>Coarse grain</source>
        <translation>粗颗粒</translation>
    </message>
    <message>
        <source>Gradient size</source>
        <translation>梯度大小</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Loss of the critic</source>
        <translation>评判器损失</translation>
    </message>
    <message>
        <source>Loss of the generator</source>
        <translation>生成器损失</translation>
    </message>
    <message>
        <source>Score of real pictures</source>
        <translation>真实图片得分</translation>
    </message>
    <message>
        <source>Score of made pictures</source>
        <translation>生成图片得分</translation>
    </message>
    <message>
        <source>Told apart</source>
        <translation>辨别率</translation>
    </message>
    <message>
        <source>Variety</source>
        <translation>多样性</translation>
    </message>
    <message>
        <source>Twins</source>
        <translation>雷同率</translation>
    </message>
    <message>
        <source>Slope of the critic</source>
        <translation>评判器斜率</translation>
    </message>
    <message>
        <source>Gradient size of the critic</source>
        <translation>评判器梯度大小</translation>
    </message>
    <message>
        <source>Gradient size of the generator</source>
        <translation>生成器梯度大小</translation>
    </message>
    <message>
        <source>Copying</source>
        <translation>复原</translation>
    </message>
    <message>
        <source>Tidiness (KL)</source>
        <translation>整齐度（KL）</translation>
    </message>
    <message>
        <source>Bits a value</source>
        <translation>每个值的比特数</translation>
    </message>
    <message>
        <source>Error of the copies</source>
        <translation>复原误差</translation>
    </message>
    <message>
        <source>Order (beta)</source>
        <translation>整齐程度（beta）</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>容差</translation>
    </message>
    <message>
        <source>Numbers in use</source>
        <translation>在用的数字</translation>
    </message>
    <message>
        <source>Commitment</source>
        <translation>约束力</translation>
    </message>
    <message>
        <source>Surprise by the codes</source>
        <translation>编码的意外程度</translation>
    </message>
    <message>
        <source>Codes in use</source>
        <translation>在用的编码</translation>
    </message>
</context>
<context>
    <name>RunState</name>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
</context>
<context>
    <name>core</name>
    <message>
        <source>Free some space on that disk, then try again.</source>
        <translation>请在该磁盘上腾出空间，然后重试。</translation>
    </message>
    <message>
        <source>This disk or session does not allow files so large; choose another folder.</source>
        <translation>该磁盘或会话不允许这么大的文件；请选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Choose another folder, or change its permissions.</source>
        <translation>请选择另一个文件夹，或更改它的权限。</translation>
    </message>
    <message>
        <source>That disk can only be read; choose another folder.</source>
        <translation>该磁盘只能读取；请选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Check that the folder still exists and that its disk is connected.</source>
        <translation>请检查文件夹是否还在，其磁盘是否已连接。</translation>
    </message>
    <message>
        <source>Check the path: a file stands where a folder should be, or a folder where a file should be.</source>
        <translation>请检查路径：应是文件夹的地方有一个文件，或者相反。</translation>
    </message>
    <message>
        <source>Choose a shorter name.</source>
        <translation>请选择更短的名称。</translation>
    </message>
    <message>
        <source>The disk reports a fault; use another disk and check this one.</source>
        <translation>磁盘报告了故障；请换一个磁盘并检查这一个。</translation>
    </message>
    <message>
        <source>Too many files are open; close some programs and try again.</source>
        <translation>打开的文件太多；请关闭一些程序再试。</translation>
    </message>
    <message>
        <source>Try again, or choose another folder.</source>
        <translation>请重试，或选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Check the path.</source>
        <translation>请检查路径。</translation>
    </message>
    <message>
        <source>The folder {file} could not be made: {why}.</source>
        <translation>无法建立文件夹 {file}：{why}。</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} 不是文件。</translation>
    </message>
    <message>
        <source>Choose a file.</source>
        <translation>请选择一个文件。</translation>
    </message>
    <message>
        <source>{file} is too large: it has {size} bytes, and at most {limit} are read.</source>
        <translation>{file} 太大：它有 {size} 字节，最多读取 {limit}。</translation>
    </message>
    <message>
        <source>Choose a smaller file.</source>
        <translation>请选择较小的文件。</translation>
    </message>
    <message>
        <source>{file} changed while it was read.</source>
        <translation>{file} 在读取时发生了变化。</translation>
    </message>
    <message>
        <source>Wait until the other program has finished writing it, then try again.</source>
        <translation>请等另一个程序写完后再试。</translation>
    </message>
    <message>
        <source>The disk of {file} is too full: {needed} MB are needed, {free} MB are free.</source>
        <translation>{file} 所在的磁盘太满：需要 {needed} MB，只剩 {free} MB。</translation>
    </message>
    <message>
        <source>{file} could not be written: {why}.</source>
        <translation>无法写入 {file}：{why}。</translation>
    </message>
    <message>
        <source>{file} could not be read: {why}.</source>
        <translation>无法读取 {file}：{why}。</translation>
    </message>
    <message>
        <source>{what} cannot be read: {why}.</source>
        <translation>无法读取{what}：{why}。</translation>
    </message>
    <message>
        <source>It is damaged or is not JSON; restore it from a copy or delete it.</source>
        <translation>它已损坏或不是 JSON；请从副本恢复或删除它。</translation>
    </message>
    <message>
        <source>Choose one of: {known}.</source>
        <translation>请选择其中之一：{known}。</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>More is finer and slower</source>
        <translation>越多越细，也越慢</translation>
    </message>
    <message>
        <source>The preset {file} cannot be read.</source>
        <translation>无法读取方案 {file}。</translation>
    </message>
    <message>
        <source>The preset {file} is incomplete: {why}</source>
        <translation>方案 {file} 不完整：{why}</translation>
    </message>
    <message>
        <source>There is no preset {id} for {family}. Known ones: {known}.</source>
        <translation>{family} 没有方案 {id}。已有：{known}。</translation>
    </message>
    <message>
        <source>The setting {key} cannot be {value}: it must be {allowed}.</source>
        <translation>设置 {key} 不能是 {value}：它必须是{allowed}。</translation>
    </message>
    <message>
        <source>There is no setting named {key}.</source>
        <translation>没有名为 {key} 的设置。</translation>
    </message>
    <message>
        <source>Known here: {known}.</source>
        <translation>这里已有：{known}。</translation>
    </message>
    <message>
        <source>Settings must be an object with named values, not {value}.</source>
        <translation>设置必须是带名称的值组成的对象，而不是 {value}。</translation>
    </message>
    <message>
        <source>The schema version {value} is not a version.</source>
        <translation>结构版本 {value} 不是版本号。</translation>
    </message>
    <message>
        <source>These settings have schema version {value}; this program knows versions up to {known}.</source>
        <translation>这些设置的结构版本是 {value}；本程序只认识到版本 {known}。</translation>
    </message>
    <message>
        <source>Open them with a newer Imago.</source>
        <translation>请用更新的 Imago 打开。</translation>
    </message>
    <message>
        <source>The setting {key} cannot change while a job runs.</source>
        <translation>任务进行时不能更改设置 {key}。</translation>
    </message>
    <message>
        <source>Stop, change it and start again.</source>
        <translation>请停止，更改，然后重新开始。</translation>
    </message>
    <message>
        <source>shapes:{count}: the number of pictures must be 1 to 1000000.</source>
        <translation>shapes:{count}：图片数量必须在 1 到 1000000 之间。</translation>
    </message>
    <message>
        <source>fashion-mnist has no part {part}; it has train and test.</source>
        <translation>fashion-mnist 没有 {part} 部分；它有 train 和 test。</translation>
    </message>
    <message>
        <source>There is no dataset {kind}. Known: {known}.</source>
        <translation>没有数据集 {kind}。已有：{known}。</translation>
    </message>
    <message>
        <source>Pictures have 1 or 3 channels, not {count}.</source>
        <translation>图片有 1 或 3 个通道，而不是 {count} 个。</translation>
    </message>
    <message>
        <source>The side of the pictures must be 1 to 2048 pixels, not {side}.</source>
        <translation>图片边长必须是 1 到 2048 像素，而不是 {side}。</translation>
    </message>
    <message>
        <source>{data} holds no pictures.</source>
        <translation>{data} 里没有图片。</translation>
    </message>
    <message>
        <source>Fashion-MNIST</source>
        <translation>Fashion-MNIST</translation>
    </message>
    <message>
        <source>60,000 small grey pictures of clothes in ten classes</source>
        <translation>六万张灰度服装小图，共十类</translation>
    </message>
    <message>
        <source>Coloured shapes</source>
        <translation>彩色图形</translation>
    </message>
    <message>
        <source>Simple figures drawn by rule, in six classes: for first tries</source>
        <translation>按规则画的简单图形，共六类：用来初试</translation>
    </message>
    <message>
        <source>A folder of pictures</source>
        <translation>图片文件夹</translation>
    </message>
    <message>
        <source>IDX files</source>
        <translation>IDX 文件</translation>
    </message>
    <message>
        <source>The format of the MNIST family, plain or gzipped</source>
        <translation>MNIST 系列的格式，可以是 gzip 压缩的</translation>
    </message>
    <message>
        <source>The pictures would take {wanted} GB of memory; this machine has {machine} GB.</source>
        <translation>这些图片需要 {wanted} GB 内存；这台电脑有 {machine} GB。</translation>
    </message>
    <message>
        <source>Choose a lower resolution or fewer pictures.</source>
        <translation>请选择较低的分辨率或较少的图片。</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be read: {why}</source>
        <translation>无法读取文件夹 {folder}：{why}</translation>
    </message>
    <message>
        <source>the folder may not be read</source>
        <translation>不允许读取该文件夹</translation>
    </message>
    <message>
        <source>the link leads nowhere</source>
        <translation>该链接没有指向任何文件</translation>
    </message>
    <message>
        <source>it is not a file</source>
        <translation>它不是文件</translation>
    </message>
    <message>
        <source>The folder holds more than five million pictures.</source>
        <translation>该文件夹里有超过五百万张图片。</translation>
    </message>
    <message>
        <source>the file is empty</source>
        <translation>文件是空的</translation>
    </message>
    <message>
        <source>the picture has more than 64 million pixels</source>
        <translation>图片超过六千四百万像素</translation>
    </message>
    <message>
        <source>it could not be decoded: {why}</source>
        <translation>无法解码：{why}</translation>
    </message>
    <message>
        <source>There is no folder {folder}.</source>
        <translation>没有文件夹 {folder}。</translation>
    </message>
    <message>
        <source>Look at how its name is written, or choose another folder.</source>
        <translation>请检查名称是否写对，或另选一个文件夹。</translation>
    </message>
    <message>
        <source>Reading the pictures was cancelled.</source>
        <translation>图片读取已取消。</translation>
    </message>
    <message>
        <source>{bad} of the {all} pictures in {folder} cannot be used. The first: {name}: {why}</source>
        <translation>{folder} 的 {all} 张图片中有 {bad} 张不能用。第一张：{name}：{why}</translation>
    </message>
    <message>
        <source>{file} is not a usable IDX file: {why}</source>
        <translation>{file} 不是可用的 IDX 文件：{why}</translation>
    </message>
    <message>
        <source>{file} cannot be read: {why}</source>
        <translation>无法读取 {file}：{why}</translation>
    </message>
    <message>
        <source>The Fashion-MNIST files are not on this machine.</source>
        <translation>这台电脑上没有 Fashion-MNIST 文件。</translation>
    </message>
    <message>
        <source>Install the package dataset-fashion-mnist, or set IMAGO_DATA_DIR to the folder that holds them.</source>
        <translation>请安装软件包 dataset-fashion-mnist，或把 IMAGO_DATA_DIR 设为它们所在的文件夹。</translation>
    </message>
    <message>
        <source>Reading the pictures</source>
        <translation>正在读取图片</translation>
    </message>
    <message>
        <source>Which pictures?</source>
        <translation>哪些图片？</translation>
    </message>
    <message>
        <source>There is no training target “{id}”. There are: edm, x0, eps, v, flow.</source>
        <translation>没有训练目标“{id}”。可用的有：edm、x0、eps、v、flow。</translation>
    </message>
    <message>
        <source>There is no noise schedule “{id}”. There are: karras, logsnr, cosine, linear_beta, flow.</source>
        <translation>没有噪声安排“{id}”。可用的有：karras、logsnr、cosine、linear_beta、flow。</translation>
    </message>
    <message>
        <source>There is no solver “{id}”. There are: ddpm, ddim, euler, heun, dpmpp2m, unipc.</source>
        <translation>没有求解器“{id}”。可用的有：ddpm、ddim、euler、heun、dpmpp2m、unipc。</translation>
    </message>
    <message>
        <source>The metrics hold {values} values for {steps} steps.</source>
        <translation>指标中有 {values} 个值，对应 {steps} 步。</translation>
    </message>
    <message>
        <source>the event</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>There is no event {name}.</source>
        <translation>没有事件 {name}。</translation>
    </message>
    <message>
        <source>the error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>This job does not know the command {verb}.</source>
        <translation>这个任务不认识命令 {verb}。</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what}必须是 JSON 对象，而不是 {value}。</translation>
    </message>
    <message>
        <source>{what} lacks the key {key}.</source>
        <translation>{what}缺少键 {key}。</translation>
    </message>
    <message>
        <source>{key} of {what} must be {expected}, not {value}.</source>
        <translation>{what}的 {key} 必须是 {expected}，而不是 {value}。</translation>
    </message>
    <message>
        <source>{key} of {what} cannot be {value}; it may be {allowed}.</source>
        <translation>{what}的 {key} 不能是 {value}；可以是 {allowed}。</translation>
    </message>
    <message>
        <source>{what} is of version {found}; this program knows version {known}.</source>
        <translation>{what}的版本是 {found}；本程序认识版本 {known}。</translation>
    </message>
    <message>
        <source>Use the version of Imago that wrote it, or a newer one.</source>
        <translation>请用写出它的 Imago 版本，或更新的版本。</translation>
    </message>
    <message>
        <source>The engine could not be opened ({file}: {why}).</source>
        <translation>无法打开引擎（{file}：{why}）。</translation>
    </message>
    <message>
        <source>Everything but training and making pictures still works. Install Imago again to repair it.</source>
        <translation>除了训练和生成图片，其他功能仍可使用。重新安装 Imago 可以修复。</translation>
    </message>
    <message>
        <source>the request</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>There is no run in {folder}: it has no run.json.</source>
        <translation>{folder} 里没有训练：缺少 run.json。</translation>
    </message>
    <message>
        <source>Choose a folder that a training has written.</source>
        <translation>请选择训练写出的文件夹。</translation>
    </message>
    <message>
        <source>The run in {folder} is of version {found}; this program knows version {known}.</source>
        <translation>{folder} 里的训练版本是 {found}；本程序认识版本 {known}。</translation>
    </message>
    <message>
        <source>The run {folder} is being written by another program (process {pid}).</source>
        <translation>另一个程序（进程 {pid}）正在写训练 {folder}。</translation>
    </message>
    <message>
        <source>Wait until it ends, or stop it.</source>
        <translation>请等它结束，或停止它。</translation>
    </message>
    <message>
        <source>The run {folder} was being written by process {pid} on the computer {host}.</source>
        <translation>训练 {folder} 曾由计算机 {host} 上的进程 {pid} 写入。</translation>
    </message>
    <message>
        <source>If nothing trains there any more, delete the file run.lock in that folder and try again.</source>
        <translation>如果那里不再训练，请删除该文件夹里的 run.lock 再试。</translation>
    </message>
    <message>
        <source>The metrics of the run {folder} are of version {found}; this program knows version {known}.</source>
        <translation>训练 {folder} 的指标版本是 {found}；本程序认识版本 {known}。</translation>
    </message>
    <message>
        <source>There is a run in {folder} already.</source>
        <translation>{folder} 里已经有一次训练。</translation>
    </message>
    <message>
        <source>Choose another folder, or continue that run.</source>
        <translation>请选择另一个文件夹，或继续那次训练。</translation>
    </message>
    <message>
        <source>The run {folder} is damaged: the beginning of metrics.bin is missing.</source>
        <translation>训练 {folder} 已损坏：metrics.bin 的开头缺失。</translation>
    </message>
    <message>
        <source>Start a new run from its newest checkpoint.</source>
        <translation>请从它最新的检查点开始新的训练。</translation>
    </message>
    <message>
        <source>The preview of step {step} has no picture.</source>
        <translation>第 {step} 步的预览没有图片。</translation>
    </message>
    <message>
        <source>There was not enough memory ({why}).</source>
        <translation>内存不够（{why}）。</translation>
    </message>
    <message>
        <source>Choose a smaller batch, resolution or network, or close other programs.</source>
        <translation>请选择较小的批量、分辨率或网络，或关闭其他程序。</translation>
    </message>
    <message>
        <source>Something went wrong inside: {why}</source>
        <translation>内部出错：{why}</translation>
    </message>
    <message>
        <source>What was saved before is safe. Please report this, with the log.</source>
        <translation>之前保存的都安全。请连同日志报告此问题。</translation>
    </message>
    <message>
        <source>Something went wrong inside, without a reason given.</source>
        <translation>内部出错，没有给出原因。</translation>
    </message>
    <message>
        <source>{file} is empty.</source>
        <translation>{file} 是空的。</translation>
    </message>
    <message>
        <source>Copy or export the picture again.</source>
        <translation>请重新复制或导出图片。</translation>
    </message>
    <message>
        <source>{file} is {format}, which this program does not read (it reads {known}).</source>
        <translation>{file} 是 {format}，本程序不能读取（能读 {known}）。</translation>
    </message>
    <message>
        <source>Save it as a PNG first.</source>
        <translation>请先另存为 PNG。</translation>
    </message>
    <message>
        <source>{file} is not a picture that this program knows (it reads {known}).</source>
        <translation>{file} 不是本程序认识的图片（能读 {known}）。</translation>
    </message>
    <message>
        <source>Check the file, or save it as a PNG.</source>
        <translation>请检查文件，或另存为 PNG。</translation>
    </message>
    <message>
        <source>{file} cannot be written: pictures are written as .png or .jpg.</source>
        <translation>无法写入 {file}：图片只能写成 .png 或 .jpg。</translation>
    </message>
    <message>
        <source>Change the end of the name.</source>
        <translation>请更改名称的结尾。</translation>
    </message>
    <message>
        <source>{file} has no pixels: its header says {size}.</source>
        <translation>{file} 没有像素：文件头写的是 {size}。</translation>
    </message>
    <message>
        <source>The file is damaged; export the picture again.</source>
        <translation>文件已损坏；请重新导出图片。</translation>
    </message>
    <message>
        <source>{file} is too large: {size} pixels; at most {side} a side and {pixels} million in all are read.</source>
        <translation>{file} 太大：{size} 像素；最多读取边长 {side}、共 {pixels} 百万像素。</translation>
    </message>
    <message>
        <source>Make it smaller in another program first.</source>
        <translation>请先在其他程序里缩小它。</translation>
    </message>
    <message>
        <source>{file} cannot be read as a JPEG: {why}.</source>
        <translation>无法把 {file} 读作 JPEG：{why}。</translation>
    </message>
    <message>
        <source>The file is damaged or incomplete; export or copy it again.</source>
        <translation>文件损坏或不完整；请重新导出或复制。</translation>
    </message>
    <message>
        <source>This picture cannot be written as a JPEG: it needs 8 bit and no alpha.</source>
        <translation>这张图片不能写成 JPEG：需要 8 位且没有透明通道。</translation>
    </message>
    <message>
        <source>The JPEG could not be made: {why}.</source>
        <translation>无法生成 JPEG：{why}。</translation>
    </message>
    <message>
        <source>{file} cannot be read as a PNG: {why}.</source>
        <translation>无法把 {file} 读作 PNG：{why}。</translation>
    </message>
    <message>
        <source>This picture cannot be written as a PNG: it is empty or has float pixels.</source>
        <translation>这张图片不能写成 PNG：它是空的或含浮点像素。</translation>
    </message>
    <message>
        <source>The text {key} cannot be stored in a PNG.</source>
        <translation>文字 {key} 不能存入 PNG。</translation>
    </message>
    <message>
        <source>The PNG could not be made: {why}.</source>
        <translation>无法生成 PNG：{why}。</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Medium: 4 million weights</source>
        <translation>中：四百万权重</translation>
    </message>
    <message>
        <source>My own</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Channels</source>
        <translation>通道数</translation>
    </message>
    <message>
        <source>Features at full resolution.</source>
        <translation>最高分辨率处的特征数。</translation>
    </message>
    <message>
        <source>Channel multipliers</source>
        <translation>通道倍数</translation>
    </message>
    <message>
        <source>One a level, separated by commas; the picture halves between levels.</source>
        <translation>每级一个，用逗号分隔；每级之间图片减半。</translation>
    </message>
    <message>
        <source>Blocks per level</source>
        <translation>每级块数</translation>
    </message>
    <message>
        <source>On the way down; one more on the way up.</source>
        <translation>下行时的数目；上行时多一个。</translation>
    </message>
    <message>
        <source>Attention at</source>
        <translation>注意力位置</translation>
    </message>
    <message>
        <source>Where far parts of the picture see each other: 4 is where it is a quarter as wide. Commas between several; empty for none.</source>
        <translation>图片的远处在这里互相看见：4 是宽度为四分之一处。多个用逗号分隔；留空则没有。</translation>
    </message>
    <message>
        <source>Channels per head</source>
        <translation>每头通道数</translation>
    </message>
    <message>
        <source>Of the attention.</source>
        <translation>注意力的通道数。</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>随机丢弃</translation>
    </message>
    <message>
        <source>Share of features left out at random while learning: helps when there are few pictures.</source>
        <translation>学习时随机略去的特征比例：图片很少时有帮助。</translation>
    </message>
    <message>
        <source>Learns to predict</source>
        <translation>学习预测</translation>
    </message>
    <message>
        <source>What the network gives. All of them make the same kind of pictures; EDM balances the noise levels best.</source>
        <translation>网络给出什么。得到的图片都一样；EDM 对各噪声水平最均衡。</translation>
    </message>
    <message>
        <source>Balanced (EDM)</source>
        <translation>均衡（EDM）</translation>
    </message>
    <message>
        <source>The clean picture</source>
        <translation>干净的图片</translation>
    </message>
    <message>
        <source>The noise</source>
        <translation>噪声</translation>
    </message>
    <message>
        <source>The velocity (v)</source>
        <translation>速度（v）</translation>
    </message>
    <message>
        <source>The straight flow</source>
        <translation>直线流</translation>
    </message>
    <message>
        <source>Noise level, middle</source>
        <translation>噪声水平的中心</translation>
    </message>
    <message>
        <source>Mean of the logarithm of the noise levels that are practised. Lower practises fine detail more.</source>
        <translation>练习的噪声水平的对数均值。越低越多练习细节。</translation>
    </message>
    <message>
        <source>Noise level, spread</source>
        <translation>噪声水平的范围</translation>
    </message>
    <message>
        <source>Standard deviation of the logarithm of the noise levels that are practised.</source>
        <translation>练习的噪声水平的对数标准差。</translation>
    </message>
    <message>
        <source>Contrast of the data</source>
        <translation>数据的对比度</translation>
    </message>
    <message>
        <source>Standard deviation of the pictures, black being -1 and white 1.</source>
        <translation>图片的标准差，黑为 -1，白为 1。</translation>
    </message>
    <message>
        <source>Learn the classes</source>
        <translation>学习类别</translation>
    </message>
    <message>
        <source>Where the data have classes: lets you ask for one of them later.</source>
        <translation>如果数据有类别：以后可以指定其中一类。</translation>
    </message>
    <message>
        <source>Pictures without class</source>
        <translation>不带类别的图片</translation>
    </message>
    <message>
        <source>Share of pictures whose class is hidden, so that the model also knows pictures in general; guidance needs it.</source>
        <translation>隐藏类别的图片比例，让模型也了解一般的图片；引导需要它。</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>The U-Net that learns to take noise away.</source>
        <translation>学习去除噪声的 U-Net。</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>How fast and how long it learns.</source>
        <translation>学得多快、多久。</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>What it is asked to do while it learns.</source>
        <translation>学习时要求它做什么。</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>How the pictures are varied.</source>
        <translation>图片如何变化。</translation>
    </message>
    <message>
        <source>Showing and saving</source>
        <translation>显示与保存</translation>
    </message>
    <message>
        <source>Samples while it learns, and what is kept.</source>
        <translation>学习时的样本，以及保留什么。</translation>
    </message>
    <message>
        <source>More steps are finer and slower. 8 are a sketch, 18 are good.</source>
        <translation>越多越细，也越慢。8 步是草稿，18 步就很好。</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>引导</translation>
    </message>
    <message>
        <source>Above 1 the class is exaggerated: clearer, less varied pictures, twice the time. 1 is the honest setting.</source>
        <translation>大于 1 会夸大类别：更清楚，变化更少，时间加倍。1 最真实。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>How the noise is taken away.</source>
        <translation>如何去除噪声。</translation>
    </message>
    <message>
        <source>Fast (DPM-Solver++ 2M)</source>
        <translation>快（DPM-Solver++ 2M）</translation>
    </message>
    <message>
        <source>Careful (Heun, two looks a step)</source>
        <translation>细致（Heun，每步看两次）</translation>
    </message>
    <message>
        <source>Simple (Euler)</source>
        <translation>简单（Euler）</translation>
    </message>
    <message>
        <source>DDIM</source>
        <translation>DDIM</translation>
    </message>
    <message>
        <source>Random (DDPM, wants 100 steps and more)</source>
        <translation>随机（DDPM，需要 100 步以上）</translation>
    </message>
    <message>
        <source>Noise levels</source>
        <translation>噪声水平</translation>
    </message>
    <message>
        <source>How the steps are spread over the noise.</source>
        <translation>步数如何分布在各噪声水平上。</translation>
    </message>
    <message>
        <source>Karras (dense at the end)</source>
        <translation>Karras（末端密集）</translation>
    </message>
    <message>
        <source>Even in signal to noise</source>
        <translation>按信噪比均匀</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>DDPM&apos;s own</source>
        <translation>DDPM 自己的</translation>
    </message>
    <message>
        <source>Even in time (flow)</source>
        <translation>按时间均匀（流）</translation>
    </message>
    <message>
        <source>Least noise</source>
        <translation>最小噪声</translation>
    </message>
    <message>
        <source>The last noise level before the clean picture.</source>
        <translation>得到干净图片前的最后一个噪声水平。</translation>
    </message>
    <message>
        <source>Most noise</source>
        <translation>最大噪声</translation>
    </message>
    <message>
        <source>The level it starts from.</source>
        <translation>从这个水平开始。</translation>
    </message>
    <message>
        <source>Density at the end</source>
        <translation>末端密度</translation>
    </message>
    <message>
        <source>Higher puts more steps at low noise.</source>
        <translation>越高，低噪声处的步数越多。</translation>
    </message>
    <message>
        <source>Fresh noise</source>
        <translation>新噪声</translation>
    </message>
    <message>
        <source>0 is repeatable from the first noise alone, 1 is as random as DDPM.</source>
        <translation>0 只由最初的噪声决定、可以重复，1 与 DDPM 一样随机。</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>阶数</translation>
    </message>
    <message>
        <source>Keep within black and white</source>
        <translation>保持在黑白之间</translation>
    </message>
    <message>
        <source>Limits every guess at the clean picture to what a picture can hold.</source>
        <translation>把每次对干净图片的猜测限制在图片能容纳的范围内。</translation>
    </message>
    <message>
        <source>“{value}” does not fit {key}: {allowed}.</source>
        <translation>“{value}”不适合 {key}：{allowed}。</translation>
    </message>
    <message>
        <source>one to six whole numbers from 1 to 16, separated by commas</source>
        <translation>一到六个 1 到 16 的整数，用逗号分隔</translation>
    </message>
    <message>
        <source>powers of two from 1 to 32, separated by commas, none beyond the lowest level</source>
        <translation>1 到 32 的 2 的幂，用逗号分隔，不超过最低一级</translation>
    </message>
    <message>
        <source>a multiple of 8</source>
        <translation>8 的倍数</translation>
    </message>
    <message>
        <source>a divisor of the channels</source>
        <translation>通道数的因数</translation>
    </message>
    <message>
        <source>Diffusion</source>
        <translation>扩散</translation>
    </message>
    <message>
        <source>Making pictures</source>
        <translation>生成图片</translation>
    </message>
    <message>
        <source>Pictures of {width} x {height} are too small for a network with {levels} levels.</source>
        <translation>{width} x {height} 的图片对 {levels} 级的网络来说太小。</translation>
    </message>
    <message>
        <source>Use fewer levels, or larger pictures.</source>
        <translation>请用较少的级数，或较大的图片。</translation>
    </message>
    <message>
        <source>This model is not a diffusion model.</source>
        <translation>这个模型不是扩散模型。</translation>
    </message>
    <message>
        <source>This model does not know classes.</source>
        <translation>这个模型不认识类别。</translation>
    </message>
    <message>
        <source>Leave the class out.</source>
        <translation>请不要指定类别。</translation>
    </message>
    <message>
        <source>There is no class number {index}; this model knows 0 to {last}.</source>
        <translation>没有第 {index} 类；这个模型认识 0 到 {last}。</translation>
    </message>
    <message>
        <source>Every sample needs one class.</source>
        <translation>每个样本都需要一个类别。</translation>
    </message>
    <message>
        <source>The kind of model “{id}” cannot be computed in this build.</source>
        <translation>这个版本不能计算“{id}”这种模型。</translation>
    </message>
    <message>
        <source>Best, slow (diffusion)</source>
        <translation>最好，慢（扩散）</translation>
    </message>
    <message>
        <source>{file} is not a model that Imago can use: {why}.</source>
        <translation>{file} 不是 Imago 能用的模型：{why}。</translation>
    </message>
    <message>
        <source>The model was not saved: its weight {name} holds values that are not numbers.</source>
        <translation>模型没有保存：权重 {name} 含有不是数字的值。</translation>
    </message>
    <message>
        <source>A model file describes its pictures in a way that makes no sense.</source>
        <translation>模型文件对图片的描述没有意义。</translation>
    </message>
    <message>
        <source>Learns to take noise away, then makes pictures out of pure noise. The best pictures; takes the longest to make them.</source>
        <translation>学习去除噪声，然后从纯噪声生成图片。图片最好；生成时间最长。</translation>
    </message>
    <message>
        <source>There is no kind of model named “{id}”.</source>
        <translation>没有名为“{id}”的模型种类。</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>How far each step moves. Too high and the training falls apart; too low and it takes for ever.</source>
        <translation>每一步走多远。太高训练会崩溃；太低则没完没了。</translation>
    </message>
    <message>
        <source>Pictures per step</source>
        <translation>每步图片数</translation>
    </message>
    <message>
        <source>More give smoother but fewer steps, and need more memory.</source>
        <translation>越多，步子越平稳但越少，也需要更多内存。</translation>
    </message>
    <message>
        <source>pictures</source>
        <translation>张</translation>
    </message>
    <message>
        <source>Rate over time</source>
        <translation>学习率的变化</translation>
    </message>
    <message>
        <source>Falling: large steps first, fine ones towards the planned end. Level: the same throughout.</source>
        <translation>下降：先大步，接近计划的终点时小步。不变：始终相同。</translation>
    </message>
    <message>
        <source>Falling (cosine)</source>
        <translation>下降（余弦）</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>不变</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Steps over which the rate rises from zero at the start.</source>
        <translation>开始时学习率从零升起所用的步数。</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Rate at the end</source>
        <translation>结束时的学习率</translation>
    </message>
    <message>
        <source>What is left of the rate at the planned end, as a share of its peak.</source>
        <translation>在计划的终点还剩多少，占峰值的比例。</translation>
    </message>
    <message>
        <source>Momentum (beta 1)</source>
        <translation>动量（beta 1）</translation>
    </message>
    <message>
        <source>How long Adam remembers the direction it went.</source>
        <translation>Adam 记住方向多久。</translation>
    </message>
    <message>
        <source>Scale memory (beta 2)</source>
        <translation>尺度记忆（beta 2）</translation>
    </message>
    <message>
        <source>How long Adam remembers how large the slopes were.</source>
        <translation>Adam 记住坡度大小多久。</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Pulls weights towards zero a little at every step (AdamW).</source>
        <translation>每一步把权重向零拉一点（AdamW）。</translation>
    </message>
    <message>
        <source>Largest slope</source>
        <translation>最大坡度</translation>
    </message>
    <message>
        <source>Steeper slopes are shortened to this length, so that one odd batch does no harm. 0 turns it off.</source>
        <translation>更陡的坡度会缩短到这个长度，免得一个异常批次造成损害。0 表示关闭。</translation>
    </message>
    <message>
        <source>Averaging</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>Pictures are made with an average of the weights that fades over this many thousand pictures. Early in a run it never looks back over more than a tenth of what has been seen.</source>
        <translation>图片用权重的平均来生成，它在这么多千张图片之后减半。训练初期最多只回看已学内容的十分之一。</translation>
    </message>
    <message>
        <source>thousand pictures</source>
        <translation>千张图片</translation>
    </message>
    <message>
        <source>Number format</source>
        <translation>数值格式</translation>
    </message>
    <message>
        <source>Automatic takes the short format (bf16) where the processor computes faster with it.</source>
        <translation>“自动”在处理器算得更快时采用短格式（bf16）。</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Short (bf16)</source>
        <translation>短（bf16）</translation>
    </message>
    <message>
        <source>Full (fp32)</source>
        <translation>完整（fp32）</translation>
    </message>
    <message>
        <source>Samples every</source>
        <translation>采样间隔</translation>
    </message>
    <message>
        <source>How often samples are made while it learns. Longer into a run they come less often. 0 turns them off.</source>
        <translation>学习时多久生成一次样本。时间越长间隔越大。0 表示关闭。</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Samples at a time</source>
        <translation>每次样本数</translation>
    </message>
    <message>
        <source>How many samples each preview shows.</source>
        <translation>每次预览显示多少个样本。</translation>
    </message>
    <message>
        <source>Save every</source>
        <translation>保存间隔</translation>
    </message>
    <message>
        <source>How often everything needed to go on is written to disk.</source>
        <translation>多久把继续训练所需的一切写入磁盘一次。</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>Saves to keep</source>
        <translation>保留的存档数</translation>
    </message>
    <message>
        <source>Older saves are removed once a newer one has been read back and found whole. Starred ones stay.</source>
        <translation>更新的存档读回并确认完整后，旧的会被删除。加星的会保留。</translation>
    </message>
    <message>
        <source>Snapshots to keep</source>
        <translation>保留的快照数</translation>
    </message>
    <message>
        <source>Weights kept through the whole training, thinned evenly, to look back with. 0 keeps none.</source>
        <translation>整个训练过程中均匀保留的权重，用来回看。0 表示不保留。</translation>
    </message>
    <message>
        <source>Size of the pictures</source>
        <translation>图片大小</translation>
    </message>
    <message>
        <source>Side of the squares that it learns from and makes. 0 takes the data&apos;s own size; folders of pictures then become at most 64. Twice the size takes four times as long.</source>
        <translation>学习和生成的正方形的边长。0 用数据自己的大小；文件夹里的图片最多为 64。大小加倍，时间变为四倍。</translation>
    </message>
    <message>
        <source>pixels</source>
        <translation>像素</translation>
    </message>
    <message>
        <source>Mirror pictures</source>
        <translation>左右翻转</translation>
    </message>
    <message>
        <source>Half of the pictures are shown left-right reversed: doubles the variety where that makes sense (not for letters, or shoes that all point one way).</source>
        <translation>一半的图片左右翻转显示：在合理时让变化加倍（不适合文字，或都朝一边的鞋子）。</translation>
    </message>
    <message>
        <source>There is no run or model at {model}.</source>
        <translation>{model} 处没有训练或模型。</translation>
    </message>
    <message>
        <source>The run {run} has neither a checkpoint nor a snapshot of step {step}.</source>
        <translation>训练 {run} 没有第 {step} 步的检查点或快照。</translation>
    </message>
    <message>
        <source>The run {run} has nothing saved yet.</source>
        <translation>训练 {run} 还没有保存任何内容。</translation>
    </message>
    <message>
        <source>Let it train until its first checkpoint.</source>
        <translation>请让它训练到第一个检查点。</translation>
    </message>
    <message>
        <source>The model gave pictures that are not numbers.</source>
        <translation>模型给出的图片不是数字。</translation>
    </message>
    <message>
        <source>Use an earlier checkpoint of its run.</source>
        <translation>请用它训练中更早的检查点。</translation>
    </message>
    <message>
        <source>There is no class “{class}”.</source>
        <translation>没有类别“{class}”。</translation>
    </message>
    <message>
        <source>Choose one of: {known}; a number from 0 to {last}; all; or none.</source>
        <translation>请选择其中之一：{known}；0 到 {last} 的数字；all；或 none。</translation>
    </message>
    <message>
        <source>{count} pictures cannot be made at once: from 1 to {most}.</source>
        <translation>不能一次生成 {count} 张图片：1 到 {most} 张。</translation>
    </message>
    <message>
        <source>{out} is neither a PNG nor a folder.</source>
        <translation>{out} 既不是 PNG 也不是文件夹。</translation>
    </message>
    <message>
        <source>A model of the kind “{family}” makes no pictures.</source>
        <translation>“{family}”这种模型不生成图片。</translation>
    </message>
    <message>
        <source>There is no device &quot;{device}&quot; here.</source>
        <translation>这里没有设备“{device}”。</translation>
    </message>
    <message>
        <source>Available: {known}.</source>
        <translation>可用的有：{known}。</translation>
    </message>
    <message>
        <source>{file} is not a usable safetensors file: {why}.</source>
        <translation>{file} 不是可用的 safetensors 文件：{why}。</translation>
    </message>
    <message>
        <source>It is damaged, incomplete or of another kind; use another copy.</source>
        <translation>它已损坏、不完整或是其他类型；请用另一份。</translation>
    </message>
    <message>
        <source>The tensor {name} cannot be written: {why}.</source>
        <translation>无法写入张量 {name}：{why}。</translation>
    </message>
    <message>
        <source>A name or a text of the tensor file is not UTF-8.</source>
        <translation>张量文件的名称或文字不是 UTF-8。</translation>
    </message>
    <message>
        <source>The header of the tensor file would be too large.</source>
        <translation>张量文件的文件头会太大。</translation>
    </message>
    <message>
        <source>The checkpoint {name} is damaged: {why}</source>
        <translation>检查点 {name} 已损坏：{why}</translation>
    </message>
    <message>
        <source>The run {run} has no checkpoint to go on from.{reasons}</source>
        <translation>训练 {run} 没有可以继续的检查点。{reasons}</translation>
    </message>
    <message>
        <source>It is learning steadily: the loss is falling.</source>
        <translation>学习平稳：损失在下降。</translation>
    </message>
    <message>
        <source>The loss has levelled off. The pictures may still improve in detail.</source>
        <translation>损失已趋平。图片的细节仍可能改善。</translation>
    </message>
    <message>
        <source>If the pictures no longer change, stop here or try a larger network.</source>
        <translation>如果图片不再变化，就在这里停止，或试试更大的网络。</translation>
    </message>
    <message>
        <source>The loss is rising: the training is losing its way.</source>
        <translation>损失在上升：训练正在迷失方向。</translation>
    </message>
    <message>
        <source>Lower the learning rate, or go back to an earlier checkpoint.</source>
        <translation>请降低学习率，或回到更早的检查点。</translation>
    </message>
    <message>
        <source>Many steps had to be skipped because numbers became too large.</source>
        <translation>因为数值过大，不得不跳过许多步。</translation>
    </message>
    <message>
        <source>Lower the learning rate.</source>
        <translation>请降低学习率。</translation>
    </message>
    <message>
        <source>Too early to say how it goes.</source>
        <translation>还太早，说不出进展如何。</translation>
    </message>
    <message>
        <source>“{value}” is not a number of threads: auto, or 1 to 1024.</source>
        <translation>“{value}”不是线程数：请用 auto，或 1 到 1024。</translation>
    </message>
    <message>
        <source>{key} is fixed when a run starts and cannot be changed when it goes on.</source>
        <translation>{key} 在训练开始时就固定了，继续时不能更改。</translation>
    </message>
    <message>
        <source>Start a branch of the run to change it.</source>
        <translation>请从这次训练分出一支来更改它。</translation>
    </message>
    <message>
        <source>The run {run} has no whole checkpoint at step {step}.</source>
        <translation>训练 {run} 在第 {step} 步没有完整的检查点。</translation>
    </message>
    <message>
        <source>The run was started with {family} on {data}; it can only go on with those.</source>
        <translation>这次训练是用 {family} 在 {data} 上开始的；只能用它们继续。</translation>
    </message>
    <message>
        <source>The run {run} has no checkpoint to branch from yet.</source>
        <translation>训练 {run} 还没有可以分支的检查点。</translation>
    </message>
    <message>
        <source>A branch of a {family} run is a {family} run.</source>
        <translation>{family} 训练的分支仍是 {family} 训练。</translation>
    </message>
    <message>
        <source>A training needs a folder for its run.</source>
        <translation>训练需要一个文件夹。</translation>
    </message>
    <message>
        <source>Resume, branch and fine-tune exclude each other.</source>
        <translation>继续、分支和微调不能同时使用。</translation>
    </message>
    <message>
        <source>A training needs pictures.</source>
        <translation>训练需要图片。</translation>
    </message>
    <message>
        <source>, ...</source>
        <translation>、……</translation>
    </message>
    <message>
        <source>{what} does not fit this network: {count} weights differ in name or shape: {list}</source>
        <translation>{what} 不适合这个网络：{count} 个权重的名称或形状不同：{list}</translation>
    </message>
    <message>
        <source>Choose the same network size, channels and classes as it was trained with.</source>
        <translation>请选择与训练时相同的网络大小、通道数和类别。</translation>
    </message>
    <message>
        <source>The checkpoint {step} lacks its file {name}.</source>
        <translation>检查点 {step} 缺少文件 {name}。</translation>
    </message>
    <message>
        <source>The weights at step {step} are not finite numbers; they were not saved.</source>
        <translation>第 {step} 步的权重不是有限的数；没有保存。</translation>
    </message>
    <message>
        <source>The pictures in {data} are not the ones that this run was started with.</source>
        <translation>{data} 里的图片不是这次训练开始时的那些。</translation>
    </message>
    <message>
        <source>Bring the earlier pictures back, or start a branch of the run with the present ones.</source>
        <translation>请找回原来的图片，或用现在的图片分出一支。</translation>
    </message>
    <message>
        <source>The checkpoint of step {step} was passed over: {why}</source>
        <translation>跳过了第 {step} 步的检查点：{why}</translation>
    </message>
    <message>
        <source>The run was started with {before}; from here on the last bits may differ.</source>
        <translation>这次训练是用 {before} 开始的；从这里起最后几位可能不同。</translation>
    </message>
    <message>
        <source>Going on from step {step}.</source>
        <translation>从第 {step} 步继续。</translation>
    </message>
    <message>
        <source>The planned end has changed.</source>
        <translation>计划的终点已改变。</translation>
    </message>
    <message>
        <source>A branch of {run} at step {step}.</source>
        <translation>从 {run} 第 {step} 步分出的一支。</translation>
    </message>
    <message>
        <source>{count} files could not be used. The first: {name}: {why}</source>
        <translation>{count} 个文件不能用。第一个：{name}：{why}</translation>
    </message>
    <message>
        <source>The training has not begun yet.</source>
        <translation>训练还没有开始。</translation>
    </message>
    <message>
        <source>{key} changed from {from} to {to}.</source>
        <translation>{key} 从 {from} 改为 {to}。</translation>
    </message>
    <message>
        <source>Now using {to} threads instead of {from}: other programs are using the processor, or have stopped.</source>
        <translation>现在使用 {to} 个线程，而不是 {from} 个：其他程序正在使用处理器，或已停止使用。</translation>
    </message>
    <message>
        <source>A step was skipped: its numbers became too large.</source>
        <translation>跳过了一步：它的数值变得太大。</translation>
    </message>
    <message>
        <source>The training broke down again after going back and halving the rate.</source>
        <translation>回退并把学习率减半之后，训练又崩溃了。</translation>
    </message>
    <message>
        <source>Start again with a lower learning rate, or turn on the full number format.</source>
        <translation>请用更低的学习率重新开始，或打开完整数值格式。</translation>
    </message>
    <message>
        <source>The numbers of the training became too large and no checkpoint is left to go back to: {why}</source>
        <translation>训练的数值变得太大，而且没有可以回退的检查点：{why}</translation>
    </message>
    <message>
        <source>Too many steps in a row failed at step {from}: went back to step {to} with half the learning rate.</source>
        <translation>从第 {from} 步起连续失败太多：已回到第 {to} 步，学习率减半。</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>The engine is still being loaded.</source>
        <translation>引擎还在加载。</translation>
    </message>
    <message>
        <source>Try again in a second.</source>
        <translation>请过一秒再试。</translation>
    </message>
    <message>
        <source>How long to train must be a number above zero.</source>
        <translation>训练多久必须是大于零的数字。</translation>
    </message>
    <message>
        <source>The seed must be a whole number, 0 or more.</source>
        <translation>随机种子必须是 0 或更大的整数。</translation>
    </message>
    <message>
        <source>An hour</source>
        <translation>一小时</translation>
    </message>
    <message>
        <source>Overnight</source>
        <translation>一整夜</translation>
    </message>
    <message>
        <source>Quick look (a minute and a half)</source>
        <translation>快速一看（一分半钟）</translation>
    </message>
    <message>
        <source>Twenty minutes</source>
        <translation>二十分钟</translation>
    </message>
    <message>
        <source>Reading the real pictures</source>
        <translation>正在读取真实图片</translation>
    </message>
    <message>
        <source>Calibrating the figures</source>
        <translation>正在校准数值</translation>
    </message>
    <message>
        <source>Measuring how good the pictures are</source>
        <translation>正在衡量图片的好坏</translation>
    </message>
    <message>
        <source>The model is for pictures of {model}, the data&apos;s are {data}.</source>
        <translation>模型适用于 {model} 的图片，而数据的图片是 {data}。</translation>
    </message>
    <message>
        <source>Naming the pictures</source>
        <translation>正在辨认图片</translation>
    </message>
    <message>
        <source>The data do not have the classes that this classifier learned.</source>
        <translation>数据没有这个分类器学过的类别。</translation>
    </message>
    <message>
        <source>Looking at the real pictures</source>
        <translation>正在查看真实图片</translation>
    </message>
    <message>
        <source>Looking at more real pictures</source>
        <translation>正在查看更多真实图片</translation>
    </message>
    <message>
        <source>Looking at the pictures</source>
        <translation>正在查看图片</translation>
    </message>
    <message>
        <source>Comparing</source>
        <translation>正在比较</translation>
    </message>
    <message>
        <source>Comparing real with real</source>
        <translation>正在比较真实与真实</translation>
    </message>
    <message>
        <source>Spoiling pictures and comparing</source>
        <translation>正在损坏图片并比较</translation>
    </message>
    <message>
        <source>{file} holds a model of the kind “{family}”, not a classifier.</source>
        <translation>{file} 里是“{family}”模型，不是分类器。</translation>
    </message>
    <message>
        <source>There is no metric &quot;{name}&quot;</source>
        <translation>没有指标“{name}”</translation>
    </message>
    <message>
        <source>Known ones: fd, kid, prdc, swd</source>
        <translation>可用的有：fd、kid、prdc、swd</translation>
    </message>
    <message>
        <source>{count} pictures are too few to measure with; at least {least} are needed.</source>
        <translation>{count} 张图片太少，无法衡量；至少需要 {least} 张。</translation>
    </message>
    <message>
        <source>A folder can only be compared with square pictures; the data&apos;s are {width} x {height}.</source>
        <translation>文件夹只能与正方形图片比较；数据的图片是 {width} x {height}。</translation>
    </message>
    <message>
        <source>A classifier needs pictures of at least two classes; these have none.</source>
        <translation>分类器需要至少两类图片；这些没有类别。</translation>
    </message>
    <message>
        <source>Put the pictures of each class into a folder of its own.</source>
        <translation>请把每一类的图片放进各自的文件夹。</translation>
    </message>
    <message>
        <source>A classifier names pictures; it cannot make any.</source>
        <translation>分类器只辨认图片，不能生成图片。</translation>
    </message>
    <message>
        <source>Choose a model of another family. `imago evaluate` says how often this one is right.</source>
        <translation>请选择另一种模型。`imago evaluate` 会说明这一个有多准。</translation>
    </message>
    <message>
        <source>Features at full resolution; a quarter as wide there are four times as many.</source>
        <translation>最高分辨率处的特征数；宽度为四分之一处有四倍。</translation>
    </message>
    <message>
        <source>Levels</source>
        <translation>级数</translation>
    </message>
    <message>
        <source>The picture halves between levels. Larger pictures want more.</source>
        <translation>每级之间图片减半。图片越大需要越多。</translation>
    </message>
    <message>
        <source>Residual steps at each level below the first.</source>
        <translation>第一级以下每级的残差步数。</translation>
    </message>
    <message>
        <source>Doubt</source>
        <translation>存疑</translation>
    </message>
    <message>
        <source>How much of each answer is spread over all classes, so that it does not become too sure (label smoothing).</source>
        <translation>每个答案有多少分摊到所有类别，以免过于自信（标签平滑）。</translation>
    </message>
    <message>
        <source>Shift pictures</source>
        <translation>移动图片</translation>
    </message>
    <message>
        <source>Each picture is moved at random by up to so many pixels each way.</source>
        <translation>每张图片向各方向随机移动最多这么多像素。</translation>
    </message>
    <message>
        <source>The network that names pictures.</source>
        <translation>辨认图片的网络。</translation>
    </message>
    <message>
        <source>What is kept.</source>
        <translation>保留什么。</translation>
    </message>
    <message>
        <source>Classifier</source>
        <translation>分类器</translation>
    </message>
    <message>
        <source>This model is not a classifier.</source>
        <translation>这个模型不是分类器。</translation>
    </message>
    <message>
        <source>Names pictures (classifier)</source>
        <translation>辨认图片（分类器）</translation>
    </message>
    <message>
        <source>Learns which class a picture belongs to. It makes no pictures; it measures how good those of other models are.</source>
        <translation>学习一张图片属于哪一类。它不生成图片；它衡量其他模型的图片有多好。</translation>
    </message>
    <message>
        <source>Five minutes</source>
        <translation>五分钟</translation>
    </message>
    <message>
        <source>{file} is not a latent file.</source>
        <translation>{file} 不是潜变量文件。</translation>
    </message>
    <message>
        <source>{file} is damaged: its contents do not match its hash.</source>
        <translation>{file} 已损坏：内容与其校验值不符。</translation>
    </message>
    <message>
        <source>Make it again from the picture, or take another copy.</source>
        <translation>请用原图重新生成，或换用另一份副本。</translation>
    </message>
    <message>
        <source>{file} was written by another version of Imago (latent format {version}; this one reads {known}).</source>
        <translation>{file} 由另一版本的 Imago 写成（潜变量格式 {version}；本程序读取 {known}）。</translation>
    </message>
    <message>
        <source>{file} describes a picture in a way that makes no sense.</source>
        <translation>{file} 对图片的描述没有意义。</translation>
    </message>
    <message>
        <source>{file} holds symbols that its model does not know.</source>
        <translation>{file} 含有其模型不认识的符号。</translation>
    </message>
    <message>
        <source>Making the picture</source>
        <translation>正在生成图片</translation>
    </message>
    <message>
        <source>Looking into the picture</source>
        <translation>正在分析图片</translation>
    </message>
    <message>
        <source>The model {model} makes pictures but cannot look into them.</source>
        <translation>模型 {model} 能生成图片，但不能分析图片。</translation>
    </message>
    <message>
        <source>Train one of the family vae.</source>
        <translation>请训练一个 vae 类模型。</translation>
    </message>
    <message>
        <source>{file} is too large for a latent file.</source>
        <translation>{file} 太大，无法存为潜变量文件。</translation>
    </message>
    <message>
        <source>{file} was made with another model (its hash begins with {wanted}; this one&apos;s with {given}).</source>
        <translation>{file} 是用另一个模型生成的（其校验值以 {wanted} 开头；当前模型以 {given} 开头）。</translation>
    </message>
    <message>
        <source>Give the model that it was made with.</source>
        <translation>请给出生成它的那个模型。</translation>
    </message>
    <message>
        <source>{file} does not have the size of the decoded picture.</source>
        <translation>{file} 与解码出的图片大小不同。</translation>
    </message>
    <message>
        <source>There is no file {file}.</source>
        <translation>没有文件 {file}。</translation>
    </message>
    <message>
        <source>Compressing needs a file to write.</source>
        <translation>压缩需要一个输出文件。</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>原图</translation>
    </message>
    <message>
        <source>copy</source>
        <translation>复原图</translation>
    </message>
    <message>
        <source>Choose a model of another family: a VAE can.</source>
        <translation>请选择另一类模型：VAE 可以。</translation>
    </message>
    <message>
        <source>This model cannot make pictures from latent numbers.</source>
        <translation>此模型不能由潜变量生成图片。</translation>
    </message>
    <message>
        <source>This model makes pictures but cannot look into them.</source>
        <translation>此模型能生成图片，但不能分析图片。</translation>
    </message>
    <message>
        <source>This model has no codes.</source>
        <translation>此模型没有编码。</translation>
    </message>
    <message>
        <source>Fast, soft (VAE)</source>
        <translation>快速、柔和（VAE）</translation>
    </message>
    <message>
        <source>The {what} do not have the shape that this model works with.</source>
        <translation>{what} 的形状与此模型不符。</translation>
    </message>
    <message>
        <source>This model is not a VAE.</source>
        <translation>此模型不是 VAE。</translation>
    </message>
    <message>
        <source>Medium: twice the depth</source>
        <translation>中：深度加倍</translation>
    </message>
    <message>
        <source>Features at full resolution; they double each time the picture halves. Multiples of 32 are fastest.</source>
        <translation>全分辨率下的特征数；图片每缩小一半就加倍。32 的倍数最快。</translation>
    </message>
    <message>
        <source>Most channels</source>
        <translation>最多通道数</translation>
    </message>
    <message>
        <source>Where the doubling ends.</source>
        <translation>加倍到此为止。</translation>
    </message>
    <message>
        <source>Residual steps at each level.</source>
        <translation>每一级的残差步数。</translation>
    </message>
    <message>
        <source>What it draws from</source>
        <translation>取样来源</translation>
    </message>
    <message>
        <source>How new pictures are thought up. The bell curve is the classical one. The mixture is fitted to where real pictures lie and draws much better. Codes replace the numbers by words from a learned dictionary, and a small second network learns how the words follow each other: the sharpest pictures, and files that compress.</source>
        <translation>新图片是怎样构思出来的。钟形曲线是经典做法。混合分布拟合真实图片所在之处，效果好得多。编码用学到的词典中的词代替数字，再由一个小网络学习这些词如何相连：图片最清晰，文件也能压缩。</translation>
    </message>
    <message>
        <source>Fitted mixture</source>
        <translation>拟合的混合分布</translation>
    </message>
    <message>
        <source>Bell curve</source>
        <translation>钟形曲线</translation>
    </message>
    <message>
        <source>Codes (VQ)</source>
        <translation>编码（VQ）</translation>
    </message>
    <message>
        <source>Latent size</source>
        <translation>潜变量个数</translation>
    </message>
    <message>
        <source>Parts of the mixture</source>
        <translation>混合分量数</translation>
    </message>
    <message>
        <source>More follow the pictures more closely.</source>
        <translation>越多越贴近图片。</translation>
    </message>
    <message>
        <source>Size of the dictionary</source>
        <translation>词典大小</translation>
    </message>
    <message>
        <source>How many different codes there are.</source>
        <translation>共有多少个不同的编码。</translation>
    </message>
    <message>
        <source>Size of a code</source>
        <translation>编码长度</translation>
    </message>
    <message>
        <source>How many numbers stand behind each code.</source>
        <translation>每个编码背后有多少个数字。</translation>
    </message>
    <message>
        <source>Second network: channels</source>
        <translation>第二个网络：通道数</translation>
    </message>
    <message>
        <source>Width of the network that learns how codes follow each other. Multiples of 32 are fastest.</source>
        <translation>学习编码如何相连的网络的宽度。32 的倍数最快。</translation>
    </message>
    <message>
        <source>Second network: blocks</source>
        <translation>第二个网络：块数</translation>
    </message>
    <message>
        <source>Its depth.</source>
        <translation>它的深度。</translation>
    </message>
    <message>
        <source>Order (beta)</source>
        <translation>整齐程度（beta）</translation>
    </message>
    <message>
        <source>Higher keeps the latent numbers tidier and the pictures softer; lower the other way round.</source>
        <translation>越高潜变量越整齐、图片越柔和；越低则相反。</translation>
    </message>
    <message>
        <source>Beta warm-up</source>
        <translation>Beta 预热</translation>
    </message>
    <message>
        <source>Beta rises from zero over this many thousand pictures, so that it learns to copy before it learns to be tidy.</source>
        <translation>Beta 在这么多千张图片内从零升起，先学会复制，再学会整齐。</translation>
    </message>
    <message>
        <source>Tolerance</source>
        <translation>容差</translation>
    </message>
    <message>
        <source>How far a copy may be off. Learned finds the best balance by itself.</source>
        <translation>复原可以偏离多少。“学习”会自己找到最佳平衡。</translation>
    </message>
    <message>
        <source>Learned, one for all</source>
        <translation>学习，全图一个</translation>
    </message>
    <message>
        <source>Learned, one for each place</source>
        <translation>学习，每个位置一个</translation>
    </message>
    <message>
        <source>Fixed</source>
        <translation>固定</translation>
    </message>
    <message>
        <source>Fixed tolerance</source>
        <translation>固定容差</translation>
    </message>
    <message>
        <source>Standard deviation of the output, black being -1 and white 1.</source>
        <translation>输出的标准差，黑为 -1，白为 1。</translation>
    </message>
    <message>
        <source>Free bits</source>
        <translation>免费比特</translation>
    </message>
    <message>
        <source>So much each latent number may tell without being charged for it: keeps numbers from falling silent.</source>
        <translation>每个潜变量可以免费表达这么多信息：防止某些数字失去作用。</translation>
    </message>
    <message>
        <source>bits</source>
        <translation>比特</translation>
    </message>
    <message>
        <source>Commitment</source>
        <translation>约束力</translation>
    </message>
    <message>
        <source>With codes: how firmly the network is held to the dictionary.</source>
        <translation>使用编码时：网络在多大程度上被约束于词典。</translation>
    </message>
    <message>
        <source>The pair of networks that takes pictures apart and puts them together.</source>
        <translation>一对网络：一个拆解图片，一个重新组合。</translation>
    </message>
    <message>
        <source>Latent space</source>
        <translation>潜空间</translation>
    </message>
    <message>
        <source>What a picture becomes in between.</source>
        <translation>图片在中间变成什么。</translation>
    </message>
    <message>
        <source>Boldness</source>
        <translation>大胆程度</translation>
    </message>
    <message>
        <source>Below 1: safer, more alike. Above 1: bolder, more odd ones. 1 is what it learned.</source>
        <translation>小于 1：更稳妥、更相似。大于 1：更大胆、怪图更多。1 就是它学到的。</translation>
    </message>
    <message>
        <source>Models with codes only: in how many rounds the codes of a picture are chosen. More is more careful.</source>
        <translation>仅用于带编码的模型：一张图片的编码分多少轮选定。越多越仔细。</translation>
    </message>
    <message>
        <source>Draw from</source>
        <translation>取样自</translation>
    </message>
    <message>
        <source>The bell curve instead shows what the mixture is good for.</source>
        <translation>改用钟形曲线可以看出混合分布的作用。</translation>
    </message>
    <message>
        <source>What the model learned</source>
        <translation>模型学到的分布</translation>
    </message>
    <message>
        <source>The bell curve</source>
        <translation>钟形曲线</translation>
    </message>
    <message>
        <source>A VAE learns from pictures of 8 to 256 pixels a side; these are {width} x {height}.</source>
        <translation>VAE 可学习边长 8 到 256 像素的图片；这些是 {width} x {height}。</translation>
    </message>
    <message>
        <source>Choose another size of the pictures.</source>
        <translation>请选择另一种图片大小。</translation>
    </message>
    <message>
        <source>Channels come in multiples of 8; {channels} is not one.</source>
        <translation>通道数须为 8 的倍数；{channels} 不是。</translation>
    </message>
    <message>
        <source>VAE</source>
        <translation>VAE</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>How the two networks are built.</source>
        <translation>两个网络的结构。</translation>
    </message>
    <message>
        <source>Residual: steady and quick, the best pictures</source>
        <translation>残差网络：又稳又快，图片最好</translation>
    </message>
    <message>
        <source>Classical convolutions (DCGAN)</source>
        <translation>经典卷积网络（DCGAN）</translation>
    </message>
    <message>
        <source>Plain layers (MLP): the simplest there is, for small pictures</source>
        <translation>全连接层（MLP）：最简单，适合小图片</translation>
    </message>
    <message>
        <source>Numbers a picture</source>
        <translation>每张图片的数字个数</translation>
    </message>
    <message>
        <source>Features at full resolution; twice as many each time the picture halves. Multiples of 32 compute fastest.</source>
        <translation>全分辨率下的特征数；图片每缩小一半就翻一倍。32 的倍数计算最快。</translation>
    </message>
    <message>
        <source>Channels at most</source>
        <translation>通道上限</translation>
    </message>
    <message>
        <source>Where the picture is smallest.</source>
        <translation>在图片最小的一层。</translation>
    </message>
    <message>
        <source>Residual steps at each size of the picture.</source>
        <translation>每种图片尺寸上的残差步数。</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>Of the narrowest layer; the widest has four times as many.</source>
        <translation>最窄一层的宽度；最宽的一层是它的四倍。</translation>
    </message>
    <message>
        <source>Dropout in the critic</source>
        <translation>评判器的随机丢弃</translation>
    </message>
    <message>
        <source>Share of features left out at random, so that the critic does not learn the pictures by heart.</source>
        <translation>随机丢弃的特征比例，使评判器不会死记图片。</translation>
    </message>
    <message>
        <source>Game</source>
        <translation>博弈</translation>
    </message>
    <message>
        <source>What critic and generator are told.</source>
        <translation>评判器和生成器各自的目标。</translation>
    </message>
    <message>
        <source>Compare pairs (relativistic): the most varied pictures</source>
        <translation>成对比较（相对式）：图片最多样</translation>
    </message>
    <message>
        <source>Real or made (cross entropy), the classical game</source>
        <translation>真或假（交叉熵），经典博弈</translation>
    </message>
    <message>
        <source>Least squares</source>
        <translation>最小二乘</translation>
    </message>
    <message>
        <source>Hinge</source>
        <translation>合页损失</translation>
    </message>
    <message>
        <source>Distance (Wasserstein)</source>
        <translation>距离（Wasserstein）</translation>
    </message>
    <message>
        <source>Keeps the critic smooth by</source>
        <translation>让评判器保持平滑的方式</translation>
    </message>
    <message>
        <source>A critic that jumps teaches nothing. These hold its slope down.</source>
        <translation>忽高忽低的评判器教不了东西。这些方法压低它的斜率。</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>不限制</translation>
    </message>
    <message>
        <source>Slope at real pictures (R1)</source>
        <translation>真实图片处的斜率（R1）</translation>
    </message>
    <message>
        <source>Slope at real and made pictures (R1 + R2)</source>
        <translation>真实与生成图片处的斜率（R1 + R2）</translation>
    </message>
    <message>
        <source>Slope between them near 1 (WGAN-GP)</source>
        <translation>两者之间的斜率接近 1（WGAN-GP）</translation>
    </message>
    <message>
        <source>Slope is measured</source>
        <translation>斜率的测量</translation>
    </message>
    <message>
        <source>With a little noise</source>
        <translation>用少量噪声</translation>
    </message>
    <message>
        <source>How smooth</source>
        <translation>平滑程度</translation>
    </message>
    <message>
        <source>Weight of the penalty. More is steadier, less is sharper. Larger pictures want more.</source>
        <translation>惩罚的权重。大则更稳，小则更锐利。图片越大，所需越大。</translation>
    </message>
    <message>
        <source>Smoothness at the end</source>
        <translation>结束时的平滑程度</translation>
    </message>
    <message>
        <source>What is left of that weight at the planned end, as a share.</source>
        <translation>到计划的终点时，该权重剩下的比例。</translation>
    </message>
    <message>
        <source>Noise for measuring</source>
        <translation>测量用的噪声</translation>
    </message>
    <message>
        <source>Strength of that noise; below 0.05 the short number format no longer sees it.</source>
        <translation>噪声的强度；低于 0.05 时，短数值格式就分辨不出了。</translation>
    </message>
    <message>
        <source>Measured every</source>
        <translation>测量间隔</translation>
    </message>
    <message>
        <source>Seldom is quicker; the weight grows with it, so that the whole stays the same.</source>
        <translation>间隔越长越快；权重随之增大，总体保持不变。</translation>
    </message>
    <message>
        <source>Steps of the critic</source>
        <translation>评判器的步数</translation>
    </message>
    <message>
        <source>For each step of the generator.</source>
        <translation>生成器每走一步。</translation>
    </message>
    <message>
        <source>Steps of the generator</source>
        <translation>生成器的步数</translation>
    </message>
    <message>
        <source>For each step of the critic.</source>
        <translation>评判器每走一步。</translation>
    </message>
    <message>
        <source>Rate of the critic</source>
        <translation>评判器的学习率</translation>
    </message>
    <message>
        <source>The critic&apos;s learning rate as a multiple of the generator&apos;s.</source>
        <translation>评判器的学习率是生成器的多少倍。</translation>
    </message>
    <message>
        <source>Vary what the critic sees</source>
        <translation>改变评判器所见</translation>
    </message>
    <message>
        <source>Chance that a picture is varied. With a few hundred pictures or fewer take 1: the critic then cannot learn them by heart. 0 turns it off.</source>
        <translation>图片被改变的概率。只有几百张或更少时取 1：评判器就无法死记。0 为关闭。</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Brightness, contrast, saturation.</source>
        <translation>亮度、对比度、饱和度。</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>平移</translation>
    </message>
    <message>
        <source>By at most this share of the picture.</source>
        <translation>最多移动图片的这一比例。</translation>
    </message>
    <message>
        <source>Hole</source>
        <translation>空洞</translation>
    </message>
    <message>
        <source>Side of a grey square, as a share of the picture&apos;s.</source>
        <translation>灰色方块的边长，占图片边长的比例。</translation>
    </message>
    <message>
        <source>Networks</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>The generator and the critic.</source>
        <translation>生成器和评判器。</translation>
    </message>
    <message>
        <source>How fast and how long they learn.</source>
        <translation>它们学多快、学多久。</translation>
    </message>
    <message>
        <source>What they are asked to do while they learn.</source>
        <translation>学习时要求它们做什么。</translation>
    </message>
    <message>
        <source>Few pictures</source>
        <translation>图片很少时</translation>
    </message>
    <message>
        <source>Makes do with few pictures (DiffAugment).</source>
        <translation>用少量图片也能学习（DiffAugment）。</translation>
    </message>
    <message>
        <source>Daring</source>
        <translation>大胆程度</translation>
    </message>
    <message>
        <source>Below 1 pictures stay nearer to the average: cleaner, less varied. 1 is the honest setting.</source>
        <translation>小于 1 时图片更接近平均：更干净，但变化更少。1 是如实的设置。</translation>
    </message>
    <message>
        <source>GAN</source>
        <translation>GAN</translation>
    </message>
    <message>
        <source>There is no game named “{name}”.</source>
        <translation>没有名为“{name}”的博弈。</translation>
    </message>
    <message>
        <source>Pictures of {width} x {height} are too small; the least is 4 x 4.</source>
        <translation>{width} x {height} 的图片太小；最小为 4 x 4。</translation>
    </message>
    <message>
        <source>The Wasserstein game has no end without a limit on the critic&apos;s slope.</source>
        <translation>如果不限制评判器的斜率，Wasserstein 博弈就没有尽头。</translation>
    </message>
    <message>
        <source>Choose one of the penalties.</source>
        <translation>请选择一种惩罚。</translation>
    </message>
    <message>
        <source>This model is not a GAN.</source>
        <translation>该模型不是 GAN。</translation>
    </message>
    <message>
        <source>Fast to make pictures (GAN)</source>
        <translation>出图快（GAN）</translation>
    </message>
    <message>
        <source>A generator and a critic learn from each other. Makes pictures in one go; learns quickly, and can lose its balance.</source>
        <translation>生成器与评判器相互学习。一步就能出图；学得快，但可能失去平衡。</translation>
    </message>
    <message>
        <source>Generator and critic are in balance: both are learning.</source>
        <translation>生成器与评判器势均力敌：两者都在学习。</translation>
    </message>
    <message>
        <source>The pictures it makes have become nearly all the same (collapse).</source>
        <translation>它生成的图片几乎都一样了（坍缩）。</translation>
    </message>
    <message>
        <source>Go back to an earlier checkpoint and keep the critic smoother, or lower the learning rate.</source>
        <translation>回到较早的检查点，让评判器更平滑，或降低学习率。</translation>
    </message>
    <message>
        <source>The critic is winning: it tells every made picture at once, and the generator learns little from it.</source>
        <translation>评判器占了上风：它一眼就能认出每张生成的图片，生成器从中学不到多少。</translation>
    </message>
    <message>
        <source>Keep the critic smoother or lower its rate. With few pictures, vary what the critic sees.</source>
        <translation>让评判器更平滑，或降低它的学习率。图片很少时，改变评判器所见。</translation>
    </message>
    <message>
        <source>Classical DCGAN</source>
        <translation>经典 DCGAN</translation>
    </message>
    <message>
        <source>The textbook GAN: 100 numbers a picture, cross entropy, Adam at 0.0001, dropout in the critic. To learn from.</source>
        <translation>教科书式的 GAN：每张图片 100 个数字、交叉熵、Adam 学习率 0.0001、评判器带随机丢弃。用于学习原理。</translation>
    </message>
    <message>
        <source>Plain layers with gradient penalty (WGAN-GP)</source>
        <translation>全连接层加梯度惩罚（WGAN-GP）</translation>
    </message>
    <message>
        <source>No convolutions at all, one output for each pixel; the critic takes five steps for each of the generator. To learn from.</source>
        <translation>完全没有卷积，每个像素一个输出；生成器每走一步，评判器走五步。用于学习原理。</translation>
    </message>
    <message>
        <source>.{kind} files are not read (but {known} are)</source>
        <translation>不支持 .{kind} 文件（支持 {known}）</translation>
    </message>
    <message>
        <source>A folder that needs more than this is read from the disk while it learns. 0 is half of the machine&apos;s memory.</source>
        <translation>占用超过此值的文件夹会在学习时从磁盘读取。0 表示本机内存的一半。</translation>
    </message>
    <message>
        <source>A packed file</source>
        <translation>打包文件</translation>
    </message>
    <message>
        <source>Black</source>
        <translation>黑色</translation>
    </message>
    <message>
        <source>CIFAR files</source>
        <translation>CIFAR 文件</translation>
    </message>
    <message>
        <source>CIFAR-10 or CIFAR-100 in their binary form</source>
        <translation>二进制格式的 CIFAR-10 或 CIFAR-100</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Cut closer</source>
        <translation>随机裁近</translation>
    </message>
    <message>
        <source>Cut to their middle, or kept whole with empty ground added.</source>
        <translation>裁剪到中间，或保留完整并补上空白底色。</translation>
    </message>
    <message>
        <source>Download the binary version, and give the folder that holds its .bin files.</source>
        <translation>请下载二进制版本，并指定存放 .bin 文件的文件夹。</translation>
    </message>
    <message>
        <source>Each time a picture is shown it is moved by up to this share of its side. Helps small sets; what it makes will be off the middle just as often.</source>
        <translation>每次显示图片时最多按边长的这一比例移动。对小数据集有帮助；生成的图片也会同样偏离中心。</translation>
    </message>
    <message>
        <source>Each time a random part is shown, up to this share smaller than the picture. 0 shows it whole.</source>
        <translation>每次随机显示一部分，最多比整张图小这一比例。0 表示显示整张图。</translation>
    </message>
    <message>
        <source>Expect variations of your pictures.</source>
        <translation>预计会得到你图片的各种变化。</translation>
    </message>
    <message>
        <source>Give the path of a font file, or the name of an installed one (its file&apos;s name without the end).</source>
        <translation>请给出字体文件的路径，或已安装字体的名称（不带扩展名的文件名）。</translation>
    </message>
    <message>
        <source>Grey</source>
        <translation>灰色</translation>
    </message>
    <message>
        <source>Ground</source>
        <translation>底色</translation>
    </message>
    <message>
        <source>How much brightness, contrast and colours change each time. What it makes will vary as much.</source>
        <translation>每次亮度、对比度和颜色变化的幅度。生成的图片也会有同样的变化。</translation>
    </message>
    <message>
        <source>How often a picture is mirrored, turned, stretched or moved. The network is told each time, so what it makes is not. For small sets; 0.12 is usual.</source>
        <translation>图片被镜像、旋转、拉伸或移动的频率。网络每次都会得知，因此生成的图片不受影响。适合小数据集；通常为 0.12。</translation>
    </message>
    <message>
        <source>Install the package unicode-data.</source>
        <translation>请安装软件包 unicode-data。</translation>
    </message>
    <message>
        <source>Install the packages fonts-noto-color-emoji and unicode-data.</source>
        <translation>请安装软件包 fonts-noto-color-emoji 和 unicode-data。</translation>
    </message>
    <message>
        <source>Keep whole</source>
        <translation>保留完整</translation>
    </message>
    <message>
        <source>Learns from scratch.</source>
        <translation>从零开始学习。</translation>
    </message>
    <message>
        <source>Letters and emoji</source>
        <translation>字母与表情符号</translation>
    </message>
    <message>
        <source>MB</source>
        <translation>MB</translation>
    </message>
    <message>
        <source>Memory for pictures</source>
        <translation>图片可用内存</translation>
    </message>
    <message>
        <source>Move pictures</source>
        <translation>移动图片</translation>
    </message>
    <message>
        <source>PNG, JPEG, WebP, TIFF and BMP files of any shape; sub-folders are classes</source>
        <translation>任意形状的 PNG、JPEG、WebP、TIFF 和 BMP 文件；子文件夹即类别</translation>
    </message>
    <message>
        <source>Pack the pictures again with imago pack.</source>
        <translation>请用 imago pack 重新打包图片。</translation>
    </message>
    <message>
        <source>Packing the pictures</source>
        <translation>正在打包图片</translation>
    </message>
    <message>
        <source>Packing the pictures was cancelled.</source>
        <translation>已取消打包图片。</translation>
    </message>
    <message>
        <source>Pictures that are not square</source>
        <translation>非正方形图片</translation>
    </message>
    <message>
        <source>Starts from a model that already knows shapes and colours where one fits; may repeat your pictures.</source>
        <translation>如有合适的模型，会从已认识形状和颜色的模型开始；可能会重复你的图片。</translation>
    </message>
    <message>
        <source>The dataset {kind}: needs a path or a name after the colon.</source>
        <translation>数据集 {kind}: 的冒号后需要路径或名称。</translation>
    </message>
    <message>
        <source>The folder {folder} holds no fonts.</source>
        <translation>文件夹 {folder} 中没有字体。</translation>
    </message>
    <message>
        <source>The folder {folder} holds no pictures that are read here ({known}).</source>
        <translation>文件夹 {folder} 中没有可读取的图片（{known}）。</translation>
    </message>
    <message>
        <source>The font has none of these characters. The first: {why}</source>
        <translation>该字体没有这些字符。第一个：{why}</translation>
    </message>
    <message>
        <source>The letters of one or several fonts, or colour emoji with their names (glyphs:emoji)</source>
        <translation>一种或多种字体的字母，或带名称的彩色表情符号（glyphs:emoji）</translation>
    </message>
    <message>
        <source>The names of the emoji are not on this machine.</source>
        <translation>本机没有表情符号的名称。</translation>
    </message>
    <message>
        <source>The pictures do not fit in memory and are read from the disk while it learns.</source>
        <translation>图片无法全部放入内存，学习时从磁盘读取。</translation>
    </message>
    <message>
        <source>There is no font {name} on this machine.</source>
        <translation>本机没有字体 {name}。</translation>
    </message>
    <message>
        <source>There is not enough memory for {batch} pictures at once: they are now taken {part} at a time. What it learns stays the same.</source>
        <translation>内存不足以同时处理 {batch} 张图片：现在每次处理 {part} 张。学到的内容不变。</translation>
    </message>
    <message>
        <source>These are more than two million glyphs.</source>
        <translation>字形超过两百万个。</translation>
    </message>
    <message>
        <source>Trying out a few steps</source>
        <translation>正在试跑几步</translation>
    </message>
    <message>
        <source>Turned and stretched pictures</source>
        <translation>旋转和拉伸图片</translation>
    </message>
    <message>
        <source>Vary colours</source>
        <translation>变化颜色</translation>
    </message>
    <message>
        <source>What shows through transparent pictures and around whole ones.</source>
        <translation>透明图片下方以及完整图片周围显示的颜色。</translation>
    </message>
    <message>
        <source>White</source>
        <translation>白色</translation>
    </message>
    <message>
        <source>classes= is names, groups or none, not {value}.</source>
        <translation>classes= 只能是 names、groups 或 none，不能是 {value}。</translation>
    </message>
    <message>
        <source>glyphs: needs a font.</source>
        <translation>glyphs: 需要一种字体。</translation>
    </message>
    <message>
        <source>it is only {size} pixels</source>
        <translation>只有 {size} 像素</translation>
    </message>
    <message>
        <source>the file has changed since the start</source>
        <translation>文件在开始之后已改变</translation>
    </message>
    <message>
        <source>the same as {first}</source>
        <translation>与 {first} 相同</translation>
    </message>
    <message>
        <source>{count} of the {all} pictures have vanished or changed since the training began.</source>
        <translation>训练开始以来，{all} 张图片中有 {count} 张消失或改变了。</translation>
    </message>
    <message>
        <source>{count} pictures, and no shipped model has this network: learns from scratch; may repeat your pictures.</source>
        <translation>{count} 张图片，且没有自带模型使用此网络：从零开始学习；可能会重复你的图片。</translation>
    </message>
    <message>
        <source>{count} pictures: expect variations of your pictures.</source>
        <translation>{count} 张图片：预计会得到你图片的各种变化。</translation>
    </message>
    <message>
        <source>{count} pictures: starts from {model}, which already knows shapes and colours; may repeat your pictures.</source>
        <translation>{count} 张图片：从已认识形状和颜色的 {model} 开始；可能会重复你的图片。</translation>
    </message>
    <message>
        <source>{file} cannot be read as a BMP: {why}.</source>
        <translation>无法将 {file} 作为 BMP 读取：{why}。</translation>
    </message>
    <message>
        <source>{file} cannot be read as a TIFF: {why}.</source>
        <translation>无法将 {file} 作为 TIFF 读取：{why}。</translation>
    </message>
    <message>
        <source>{file} cannot be read as a WebP: {why}.</source>
        <translation>无法将 {file} 作为 WebP 读取：{why}。</translation>
    </message>
    <message>
        <source>{file} holds no names of emoji.</source>
        <translation>{file} 中没有表情符号的名称。</translation>
    </message>
    <message>
        <source>{file} is not a font that can be read.</source>
        <translation>{file} 不是可读取的字体。</translation>
    </message>
    <message>
        <source>{file} is not a usable CIFAR file: {why}</source>
        <translation>{file} 不是可用的 CIFAR 文件：{why}</translation>
    </message>
    <message>
        <source>{file} is not a usable packed dataset: {why}</source>
        <translation>{file} 不是可用的打包数据集：{why}</translation>
    </message>
    <message>
        <source>{font} has no picture of {codes}</source>
        <translation>{font} 没有 {codes} 的图形</translation>
    </message>
    <message>
        <source>{name} is no longer used: {why}. Another picture stands in for it.</source>
        <translation>{name} 不再使用：{why}。已由另一张图片代替。</translation>
    </message>
    <message>
        <source>{size}: {share} % of it is cut off</source>
        <translation>{size}：其中 {share} % 被裁掉</translation>
    </message>
    <message>
        <source>{size}: {share} % of the square is empty ground</source>
        <translation>{size}：正方形的 {share} % 是空白底色</translation>
    </message>
    <message>
        <source>“{value}” is not a ground: white, black, grey, or a colour such as #20c0ff.</source>
        <translation>“{value}”不是底色：可用 white、black、grey，或如 #20c0ff 的颜色。</translation>
    </message>
    <message>
        <source>Measuring what the labelled pictures are worth</source>
        <translation>正在衡量带标签图片的价值</translation>
    </message>
    <message>
        <source>These data have no classes to learn.</source>
        <translation>这些数据没有可学习的类别。</translation>
    </message>
    <message>
        <source>This model makes no pictures of a class that is asked for.</source>
        <translation>此模型不能按指定类别生成图片。</translation>
    </message>
    <message>
        <source>Train one on data with classes, with “Learn the classes” on.</source>
        <translation>请用带类别的数据训练一个模型，并打开“学习类别”。</translation>
    </message>
    <message>
        <source>The model&apos;s class “{class}” is none of the data&apos;s.</source>
        <translation>模型的类别“{class}”不在数据的类别之中。</translation>
    </message>
    <message>
        <source>Learning from a tenth of the real pictures</source>
        <translation>正在用十分之一的真实图片学习</translation>
    </message>
    <message>
        <source>Learning from these and the made ones</source>
        <translation>正在用这些图片和生成的图片学习</translation>
    </message>
    <message>
        <source>A labelled set is a folder: {out} is not one.</source>
        <translation>带标签的图集是一个文件夹：{out} 不是文件夹。</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>已保存。</translation>
    </message>
    <message>
        <source>A model of this kind makes its pictures without a solver: there is nothing to compare.</source>
        <translation>此类模型不使用求解器生成图片：没有可比较的。</translation>
    </message>
    <message>
        <source>Give a run folder, RUN@STEP, a model file, or the name of a model that comes with Imago ({shipped}).</source>
        <translation>请给出训练文件夹、RUN@STEP、模型文件，或 Imago 自带模型的名称（{shipped}）。</translation>
    </message>
    <message>
        <source>own</source>
        <translation>原样</translation>
    </message>
    <message>
        <source>half</source>
        <translation>一半</translation>
    </message>
    <message>
        <source>Unreadable and left out ({count}): {names}</source>
        <translation>无法读取，已跳过（{count}）：{names}</translation>
    </message>
    <message>
        <source>Cut off in the middle and left out ({count}): {names}</source>
        <translation>在中途被截断，已跳过（{count}）：{names}</translation>
    </message>
    <message>
        <source>Too large and left out ({count}): {names}</source>
        <translation>过大，已跳过（{count}）：{names}</translation>
    </message>
    <message>
        <source>Of a kind that is not read here and left out ({count}): {names}</source>
        <translation>属于此处不支持的格式，已跳过（{count}）：{names}</translation>
    </message>
    <message>
        <source>Much smaller than what the model learns and enlarged ({count}): {names}</source>
        <translation>远小于模型学习的尺寸，已放大（{count}）：{names}</translation>
    </message>
    <message>
        <source>Exact copies of others, which count twice ({count}): {names}</source>
        <translation>与其他图片完全相同，会被重复计算（{count}）：{names}</translation>
    </message>
    <message>
        <source>The model {model} holds values that are not numbers; it cannot look into pictures.</source>
        <translation>模型 {model} 含有非数字的值，无法分析图片。</translation>
    </message>
    <message>
        <source>{file} claims a picture that is too large for this model.</source>
        <translation>{file} 声称的图片对此模型来说太大。</translation>
    </message>
    <message>
        <source>The model makes nothing of this picture: its latents are not numbers.</source>
        <translation>模型无法处理这张图片：得到的潜变量不是数字。</translation>
    </message>
    <message>
        <source>links to folders are not followed</source>
        <translation>不跟随指向文件夹的链接</translation>
    </message>
    <message>
        <source>{file} exists and is not a packed dataset.</source>
        <translation>{file} 已存在，且不是打包的数据集。</translation>
    </message>
    <message>
        <source>Choose another name.</source>
        <translation>请换一个名称。</translation>
    </message>
    <message>
        <source>{name}: {why}</source>
        <translation>{name}：{why}</translation>
    </message>
    <message>
        <source>The size and shape of the network are those of {model}, whatever the preset says.</source>
        <translation>网络的大小和结构取自 {model}，方案中的网络设置不再适用。</translation>
    </message>
    <message>
        <source>Pictures of fewer than 8 pixels a side cannot be measured.</source>
        <translation>边长不足 8 像素的图片无法衡量。</translation>
    </message>
    <message>
        <source>Enough to see shapes come out of the noise. To try things out, not to keep. Seen on clothes with two cores: most can be recognised; a distance of 2.6 to real ones (their own is 0.1).</source>
        <translation>足以看到形状从噪声中浮现。用于尝试，不宜保留。在双核机器上用服装图片训练所见：大多可以认出；与真实图片的距离为 2.6（真实图片之间为 0.1）。</translation>
    </message>
    <message>
        <source>Small pictures that anyone recognises, on an ordinary processor. A good place to start. Seen on clothes with two cores: a distance of 0.18 to real ones (their own is 0.02).</source>
        <translation>人人都能认出的小图片，普通处理器即可。适合从这里开始。在双核机器上用服装图片训练所见：与真实图片的距离为 0.18（真实图片之间为 0.02）。</translation>
    </message>
    <message>
        <source>Enough to recognise what it is learning. To try things out, not to keep. Seen on clothes with two cores: nearly all can be recognised; a distance of 1.2 to real ones (their own is 0.1).</source>
        <translation>足以看出它在学什么。用于尝试，不宜保留。在双核机器上用服装图片训练所见：几乎都能认出；与真实图片的距离为 1.2（真实图片之间为 0.1）。</translation>
    </message>
    <message>
        <source>Twenty minutes, with codes</source>
        <translation>二十分钟，带编码</translation>
    </message>
    <message>
        <source>Soft but recognisable pictures. To try things out, not to keep. Seen on clothes with two cores: all can be recognised; a distance of 2.2 to real ones (their own is 0.1).</source>
        <translation>柔和但可以认出的图片。用于尝试，不宜保留。在双核机器上用服装图片训练所见：都能认出；与真实图片的距离为 2.2（真实图片之间为 0.1）。</translation>
    </message>
    <message>
        <source>Larger networks draw finer and learn more slowly. Small suits 28 to 32 pixels on an ordinary processor, large wants a graphics card.</source>
        <translation>网络越大，画得越细，学得越慢。“小”适合在普通处理器上处理 28 到 32 像素；“大”需要显卡。</translation>
    </message>
    <message>
        <source>Small: 1 million weights</source>
        <translation>小：一百万权重</translation>
    </message>
    <message>
        <source>Large: 9 million weights</source>
        <translation>大：九百万权重</translation>
    </message>
    <message>
        <source>Small</source>
        <translation>小</translation>
    </message>
    <message>
        <source>Large: twice the width</source>
        <translation>大：宽度加倍</translation>
    </message>
    <message>
        <source>{folder} is a folder of pictures: this is measured of a model.</source>
        <translation>{folder} 是图片文件夹：此项只能衡量模型。</translation>
    </message>
    <message>
        <source>{file} would be written over.</source>
        <translation>{file} 会被覆盖。</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>请选择其他文件夹。</translation>
    </message>
    <message>
        <source>One file made by imago pack: nothing to decode, however large</source>
        <translation>由 imago pack 生成的单个文件：无论多大都不必再解码</translation>
    </message>
    <message>
        <source>More than twice as long as high, or the other way round ({count}): {names}</source>
        <translation>长宽相差一倍以上（{count}）：{names}</translation>
    </message>
    <message>
        <source>How many numbers a picture is made from.</source>
        <translation>每张图片由多少个数字生成。</translation>
    </message>
    <message>
        <source>Learns to put pictures into a few numbers and back. Quick to learn and instant to draw, softer than the others; it also looks into pictures, to copy them and to make files small.</source>
        <translation>学习把图片变成少量数字再变回来。学得快、画得快，比其他模型柔和；它还能分析图片，用于复原和压缩文件。</translation>
    </message>
    <message>
        <source>Reading {file} was cancelled.</source>
        <translation>已取消读取 {file}。</translation>
    </message>
    <message>
        <source>The name {name} is not UTF-8 text.</source>
        <translation>名称 {name} 不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>Rename the folder; the files in it may have any names.</source>
        <translation>请重命名该文件夹；其中的文件可以使用任何名称。</translation>
    </message>
    <message>
        <source>{count} pictures: starts from {model}.</source>
        <translation>{count} 张图片：从 {model} 开始。</translation>
    </message>
    <message>
        <source>{count} pictures: learns from scratch.</source>
        <translation>{count} 张图片：从零开始学习。</translation>
    </message>
    <message>
        <source>{count} pictures: learns from scratch; may repeat your pictures.</source>
        <translation>{count} 张图片：从零开始学习；可能会重复你的图片。</translation>
    </message>
    <message>
        <source>Bring the folder back as it was and go on with the run, from where it was last saved.</source>
        <translation>请把文件夹恢复原样，然后从上次保存的地方继续此次训练。</translation>
    </message>
    <message>
        <source>Soft pictures with more variety, for 28 to 64 pixels. Seen on emoji of 64 pixels, after twenty-one minutes on one core: faces, people and flags can be recognised, rarer things are soft blots.</source>
        <translation>柔和而更多样的图片，适合 28 到 64 像素。在单核上用 64 像素表情符号训练二十一分钟所见：人脸、人物和旗帜可以认出，较少见的东西是柔和的色块。</translation>
    </message>
    <message>
        <source>Small pictures that anyone recognises, soft. Seen on clothes with two cores, after ten of these minutes: a distance of 0.62 to real ones (their own is 0.02).</source>
        <translation>人人都能认出的小图片，较柔和。在双核机器上用服装图片训练十分钟后所见：与真实图片的距离为 0.62（真实图片之间为 0.02）。</translation>
    </message>
    <message>
        <source>As fast (UniPC)</source>
        <translation>同样快（UniPC）</translation>
    </message>
    <message>
        <source>How many earlier steps it learns from. 3 wants twenty steps and more.</source>
        <translation>参考之前多少步。3 需要二十步以上。</translation>
    </message>
    <message>
        <source>With a little noise, which is quick, or exactly, by differentiating twice in the full number format: better where pictures are larger or coloured, and cheap when measured seldom.</source>
        <translation>用少量噪声，较快；或者用完整数字格式求两次导数，精确：图片较大或为彩色时更好，若不常测量则开销很小。</translation>
    </message>
    <message>
        <source>Exactly</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>How many numbers describe a picture. More keep finer detail; fewer make tidier ones.</source>
        <translation>用多少个数字描述一张图片。越多细节越精细；越少则越有条理。</translation>
    </message>
    <message>
        <source>Cleaner edges and more variety than twenty minutes give, still on an ordinary processor. Seen only for its first seven minutes, on one core: clothes that can be recognised; a distance of 1.7 to real ones (their own is 0.1).</source>
        <translation>比二十分钟的边缘更干净，变化更多，仍用普通处理器。只在单核上看过最初七分钟：服装可以认出；与真实图片的距离为 1.7（真实图片之间为 0.1）。</translation>
    </message>
    <message>
        <source>A network four times as large, eight hours. Meant for the finest pictures. Seen only for its first seven minutes on one core: outlines of clothes come out of the noise.</source>
        <translation>四倍大的网络，八小时。为最精细的图片而设。只在单核上看过最初七分钟：服装的轮廓从噪声中浮现。</translation>
    </message>
    <message>
        <source>Sharp pictures of about 64 pixels; some thousands of pictures will do. Seen on emoji, after an hour and a half on one core: faces, people and flags that anyone recognises, all different; rarer things are blots.</source>
        <translation>约 64 像素的清晰图片；有几千张图片即可。在单核上用表情符号训练一个半小时所见：人人都能认出的人脸、人物和旗帜，各不相同；较少见的东西是色块。</translation>
    </message>
    <message>
        <source>The recipe of an hour with networks twice as wide: for pictures of up to 64 pixels on an ordinary processor, 128 on a graphics card. Seen only for its first four minutes on one core, where nothing can be recognised yet.</source>
        <translation>一小时的方案，网络宽一倍：普通处理器上可达 64 像素，显卡上可达 128 像素。只在单核上看过最初四分钟，那时还什么都认不出。</translation>
    </message>
    <message>
        <source>Crisp small pictures that anyone recognises. Seen on clothes, after forty minutes on one core: a distance of 0.23 to real ones (their own is 0.02).</source>
        <translation>人人都能认出的清晰小图片。在单核上用服装图片训练四十分钟所见：与真实图片的距离为 0.23（真实图片之间为 0.02）。</translation>
    </message>
    <message>
        <source>Pictures out of a dictionary of codes: sharper copies of yours in smaller files (imago compress). Seen on clothes, after six minutes on one core: a distance of 1.9 to real ones (their own is 0.1).</source>
        <translation>由编码词典生成的图片：对你的图片复原得更清晰，文件更小（imago compress）。在单核上用服装图片训练六分钟所见：与真实图片的距离为 1.9（真实图片之间为 0.1）。</translation>
    </message>
    <message>
        <source>A network twice as deep, eight hours. Seen only for its first five minutes on one core, on emoji of 64 pixels: soft outlines of faces and people.</source>
        <translation>两倍深的网络，训练八小时。只在单核上用 64 像素表情符号看过最初五分钟：人脸和人物的柔和轮廓。</translation>
    </message>
    <message>
        <source>Names small pictures about as well as a network of this size can. Made for 28 to 32 pixels. Seen on clothes, after thirteen minutes on one busy core, which is as much work: it names 91.7 % of pictures that it has never seen rightly; half as many steps again, 92.7 %.</source>
        <translation>识别小图片的能力约为此规模网络的极限。适合 28 到 32 像素。用服装图片在一个繁忙的核心上训练十三分钟（工作量相当）所见：从未见过的图片中有 91.7% 识别正确；步数再多一半则为 92.7%。</translation>
    </message>
    <message>
        <source>There is no setting named {key} (its value: {value}).</source>
        <translation>没有名为 {key} 的设置（给出的值：{value}）。</translation>
    </message>
    <message>
        <source>{key} is missing.</source>
        <translation>缺少 {key}。</translation>
    </message>
    <message>
        <source>This build of Imago was made without what it needs for “{kind}”.</source>
        <translation>这个 Imago 在构建时缺少“{kind}”所需的部分。</translation>
    </message>
    <message>
        <source>Build it with everything that packaging/dependencies.txt names.</source>
        <translation>请用 packaging/dependencies.txt 列出的全部依赖来构建。</translation>
    </message>
    <message>
        <source>A rectangle has four numbers.</source>
        <translation>矩形由四个数组成。</translation>
    </message>
    <message>
        <source>This job has nothing called {slot} to change.</source>
        <translation>这个任务没有可以修改的 {slot}。</translation>
    </message>
    <message>
        <source>There is no request {name}; there are {known}.</source>
        <translation>没有 {name} 这种请求；有 {known}。</translation>
    </message>
    <message>
        <source>{key} was a picture in the memory of the program that asked; only the path of a file can be read back.</source>
        <translation>{key} 原是提出请求的程序内存里的图片；只有文件路径才能读回。</translation>
    </message>
</context>
<context>
    <name>imago::Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>imago::CommandPalette</name>
    <message>
        <source>What do you want to do?</source>
        <translation>你想做什么？</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>操作</translation>
    </message>
</context>
<context>
    <name>imago::DataPicker</name>
    <message>
        <source>Clothes (Fashion-MNIST)</source>
        <translation>服装（Fashion-MNIST）</translation>
    </message>
    <message>
        <source>Simple shapes</source>
        <translation>简单图形</translation>
    </message>
    <message>
        <source>Choose a folder of pictures</source>
        <translation>选择图片文件夹</translation>
    </message>
    <message>
        <source>60,000 small grey pictures of clothes in ten kinds; they come with Imago.</source>
        <translation>六万张灰度服装小图，共十类；随 Imago 提供。</translation>
    </message>
    <message>
        <source>Coloured circles, squares and triangles that Imago draws itself.</source>
        <translation>Imago 自己画的彩色圆形、方形和三角形。</translation>
    </message>
    <message>
        <source>Looking at the pictures.</source>
        <translation>正在查看图片。</translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s): expect variations of your pictures.</source>
        <translation>
            <numerusform>%Ln 张图片：会得到你这些图片的变化。</numerusform>
        </translation>
    </message>
    <message>
        <source>Pictures to learn from</source>
        <translation>学习用的图片</translation>
    </message>
    <message>
        <source>A folder of pictures…</source>
        <translation>图片文件夹…</translation>
    </message>
    <message>
        <source>Colour emoji</source>
        <translation>彩色表情符号</translation>
    </message>
    <message>
        <source>Choose a file of pictures</source>
        <translation>选择图片文件</translation>
    </message>
    <message>
        <source>Files of pictures (*ubyte *ubyte.gz *.idx *.idx.gz *.safetensors);;All files (*)</source>
        <translation>图片文件 (*ubyte *ubyte.gz *.idx *.idx.gz *.safetensors);;所有文件 (*)</translation>
    </message>
    <message>
        <source>The colour emoji of this machine&apos;s fonts, by their groups: faces, animals, food and more.</source>
        <translation>本机字体中的彩色表情符号，按组分类：表情、动物、食物等。</translation>
    </message>
    <message>
        <source>A file of pictures…</source>
        <translation>图片文件…</translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s): starts from a model that already knows shapes and colours, where one fits; may repeat your pictures.</source>
        <translation>
            <numerusform>%Ln 张图片：如有合适的模型，会从已认识形状和颜色的模型开始；可能会重复你的图片。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s): learns from scratch.</source>
        <translation>
            <numerusform>%Ln 张图片：从零开始学习。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::FieldRow</name>
    <message>
        <source>“%1” is not a number.</source>
        <translation>“%1”不是数字。</translation>
    </message>
    <message>
        <source>“%1” is not a whole number.</source>
        <translation>“%1”不是整数。</translation>
    </message>
    <message>
        <source>From %1 to %2.</source>
        <translation>从 %1 到 %2。</translation>
    </message>
</context>
<context>
    <name>imago::Filmstrip</name>
    <message numerus="yes">
        <source>%n moment(s)</source>
        <translation>
            <numerusform>%n 个时刻</numerusform>
        </translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Moments of the run</source>
        <translation>训练的各个时刻</translation>
    </message>
    <message>
        <source>Pictures of the run will line up here.</source>
        <translation>训练中的图片会排列在这里。</translation>
    </message>
</context>
<context>
    <name>imago::JobTray</name>
    <message>
        <source>Stop this</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Nothing is running. What Imago is working on is listed here.</source>
        <translation>目前没有任务。Imago 正在做的事会列在这里。</translation>
    </message>
</context>
<context>
    <name>imago::LivePanel</name>
    <message>
        <source>This training</source>
        <translation>这次训练</translation>
    </message>
    <message>
        <source>These may change while it learns; each change is marked on the curve.</source>
        <translation>这些在学习时也可以改；每次改动都会标在曲线上。</translation>
    </message>
    <message>
        <source>Pictures: %1</source>
        <translation>图片：%1</translation>
    </message>
    <message>
        <source>Kind of model: %1</source>
        <translation>模型种类：%1</translation>
    </message>
    <message>
        <source>Recipe: %1</source>
        <translation>方案：%1</translation>
    </message>
    <message>
        <source>Seed: %1</source>
        <translation>随机种子：%1</translation>
    </message>
</context>
<context>
    <name>imago::LiveView</name>
    <message>
        <source>Samples at step %1</source>
        <translation>第 %1 步的样本</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Estimating the time left</source>
        <translation>正在估计剩余时间</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Finishes the step, saves, ends (Shift+F5)</source>
        <translation>完成这一步，保存，然后结束（Shift+F5）</translation>
    </message>
    <message>
        <source>Stop without saving</source>
        <translation>停止且不保存</translation>
    </message>
    <message>
        <source>Sample now</source>
        <translation>立即采样</translation>
    </message>
    <message>
        <source>Makes the samples of this moment</source>
        <translation>生成此刻的样本</translation>
    </message>
    <message>
        <source>Save now</source>
        <translation>立即保存</translation>
    </message>
    <message>
        <source>Saves this moment, to go on from here later</source>
        <translation>保存此刻，以后可以从这里继续</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>接着训练</translation>
    </message>
    <message>
        <source>Goes on from the last saved moment</source>
        <translation>从上次保存的时刻继续</translation>
    </message>
    <message>
        <source>Smooth the enlarged pictures</source>
        <translation>平滑放大的图片</translation>
    </message>
    <message>
        <source>Samples of this run will appear here while it learns.</source>
        <translation>学习过程中，这次训练的样本会出现在这里。</translation>
    </message>
    <message>
        <source>Choose pictures and a recipe at the right, then start. What the model makes will appear here.</source>
        <translation>在右侧选择图片和方案，然后开始。模型画出的图片会出现在这里。</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>新的训练</translation>
    </message>
    <message>
        <source>Stop without saving: ends at once; what came after the last saved moment is lost</source>
        <translation>停止且不保存：立即结束；上次保存之后的内容会丢失</translation>
    </message>
    <message>
        <source>Samples at step %1, held</source>
        <translation>第 %1 步的样本（已固定）</translation>
    </message>
    <message>
        <source>Click the newest moment on the filmstrip, or press Esc there, to follow the training again</source>
        <translation>点击胶片条上最新的时刻，或在胶片条上按 Esc，即可重新跟随训练</translation>
    </message>
    <message>
        <source>Waits after this step; nothing is lost (Ctrl+P)</source>
        <translation>完成这一步后等待；不会丢失任何内容（Ctrl+P）</translation>
    </message>
    <message>
        <source>Train longer</source>
        <translation>继续训练更久</translation>
    </message>
    <message>
        <source>Goes on beyond the end that was planned</source>
        <translation>在原定的终点之后继续训练</translation>
    </message>
    <message>
        <source>5 minutes more</source>
        <translation>再训练 5 分钟</translation>
    </message>
    <message>
        <source>20 minutes more</source>
        <translation>再训练 20 分钟</translation>
    </message>
    <message>
        <source>One hour more</source>
        <translation>再训练一小时</translation>
    </message>
    <message>
        <source>Copies at step %1, held</source>
        <translation>第 %1 步的复原图（已固定）</translation>
    </message>
    <message>
        <source>Copies at step %1</source>
        <translation>第 %1 步的复原图</translation>
    </message>
    <message>
        <source>Copies</source>
        <translation>复原图</translation>
    </message>
    <message>
        <source>Shows real pictures, and below each what the model makes of it</source>
        <translation>显示真实图片，每张下方是模型复原的结果</translation>
    </message>
</context>
<context>
    <name>imago::LossPlot</name>
    <message>
        <source>Show or hide this curve</source>
        <translation>显示或隐藏这条曲线</translation>
    </message>
    <message>
        <source>falling</source>
        <translation>下降</translation>
    </message>
    <message>
        <source>rising</source>
        <translation>上升</translation>
    </message>
    <message>
        <source>steady</source>
        <translation>平稳</translation>
    </message>
    <message>
        <source>%1 %2 at step %3, %4</source>
        <translation>%1 %2，第 %3 步，%4</translation>
    </message>
    <message>
        <source>No values yet</source>
        <translation>还没有数值</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>How wrong the model still is; lower is better. The faint line is every step, the strong one its average.</source>
        <translation>模型还错多少；越低越好。淡线是每一步，粗线是其平均。</translation>
    </message>
    <message>
        <source>log</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Logarithmic scale</source>
        <translation>对数刻度</translation>
    </message>
    <message>
        <source>smooth</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>How much the strong line averages over the steps before</source>
        <translation>粗线对之前的步数平均多少</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>skip first </source>
        <translation>跳过前 </translation>
    </message>
    <message>
        <source>Leaves out the first steps, where the loss is large</source>
        <translation>略去损失很大的最初几步</translation>
    </message>
    <message>
        <source>Skip first steps</source>
        <translation>跳过最初的步数</translation>
    </message>
    <message>
        <source>Show everything (double-click)</source>
        <translation>显示全部（双击）</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Full height (double-click)</source>
        <translation>最大高度（双击）</translation>
    </message>
    <message>
        <source>Full height</source>
        <translation>最大高度</translation>
    </message>
    <message>
        <source>Loss curve</source>
        <translation>损失曲线</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>not a number</source>
        <translation>不是数字</translation>
    </message>
    <message>
        <source>The loss will be drawn here, step by step.</source>
        <translation>损失会一步步画在这里。</translation>
    </message>
</context>
<context>
    <name>imago::MainWindow</name>
    <message>
        <source>Loading the engine.</source>
        <translation>正在加载引擎。</translation>
    </message>
    <message>
        <source>Ready.</source>
        <translation>就绪。</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Jobs %1</source>
        <translation>任务 %1</translation>
    </message>
    <message>
        <source>Close Imago</source>
        <translation>关闭 Imago</translation>
    </message>
    <message>
        <source>Stop and save</source>
        <translation>停止并保存</translation>
    </message>
    <message>
        <source>Stop without saving</source>
        <translation>停止且不保存</translation>
    </message>
    <message>
        <source>Start page</source>
        <translation>起始页</translation>
    </message>
    <message>
        <source>Back to the start page</source>
        <translation>回到起始页</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>What the engine is doing</source>
        <translation>引擎正在做什么</translation>
    </message>
    <message>
        <source>&amp;Panels</source>
        <translation>面板(&amp;P)</translation>
    </message>
    <message>
        <source>Shows or hides the panels at the sides</source>
        <translation>显示或隐藏两侧的面板</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>恢复布局(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>Search &amp;actions…</source>
        <translation>搜索操作(&amp;A)…</translation>
    </message>
    <message>
        <source>Find any action by its name</source>
        <translation>按名称查找任何操作</translation>
    </message>
    <message>
        <source>&amp;What is this?</source>
        <translation>这是什么(&amp;W)？</translation>
    </message>
    <message>
        <source>Click anything to learn what it does</source>
        <translation>点击任何地方，了解它的作用</translation>
    </message>
    <message>
        <source>&amp;About Imago</source>
        <translation>关于 Imago(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Search actions…</source>
        <translation>搜索操作…</translation>
    </message>
    <message>
        <source>Where the computing happens</source>
        <translation>在哪里计算</translation>
    </message>
    <message>
        <source>About Imago</source>
        <translation>关于 Imago</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later.</source>
        <translation>遵循 GNU 通用公共许可证第 3 版或更新版本的自由软件。</translation>
    </message>
    <message>
        <source>Imago closes when everything has ended.</source>
        <translation>全部结束后 Imago 将关闭。</translation>
    </message>
    <message numerus="yes">
        <source>Save it before Imago closes?</source>
        <translation>
            <numerusform>关闭 Imago 之前要保存吗？</numerusform>
        </translation>
    </message>
    <message>
        <source>Close Imago all the same?</source>
        <translation>仍然要关闭 Imago 吗？</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>停止并关闭</translation>
    </message>
    <message>
        <source>Keep going</source>
        <translation>让它继续</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>Imago teaches image models on this machine and lets you watch them learn.</source>
        <translation>Imago 在这台电脑上教图像模型，并让你看着它们学习。</translation>
    </message>
</context>
<context>
    <name>imago::PreflightNote</name>
    <message>
        <source>%1 pictures, a network of %2 numbers.</source>
        <translation>%1 张图片，网络含 %2 个数字。</translation>
    </message>
    <message>
        <source>All pictures once: about %1 (%2 a second).</source>
        <translation>全部图片看一遍：约 %1（每秒 %2 张）。</translation>
    </message>
    <message>
        <source>Memory %1 of %2 that are free; disk up to %3 of %4.</source>
        <translation>内存 %1，可用 %2；磁盘最多 %3，可用 %4。</translation>
    </message>
    <message>
        <source>Trying a few steps…</source>
        <translation>正在试跑几步…</translation>
    </message>
    <message>
        <source>What will it take?</source>
        <translation>需要多少时间和空间？</translation>
    </message>
    <message>
        <source>Tries a few steps and says what they took; nothing is kept</source>
        <translation>试跑几步并报告用量；不保留任何内容</translation>
    </message>
</context>
<context>
    <name>imago::RunRecord</name>
    <message>
        <source>Waits until the run before it has ended.</source>
        <translation>等待前一个训练结束。</translation>
    </message>
    <message>
        <source>Paused. Nothing is lost.</source>
        <translation>已暂停。什么都不会丢失。</translation>
    </message>
    <message numerus="yes">
        <source>Finished after %Ln step(s).</source>
        <translation>
            <numerusform>学习 %Ln 步后完成。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing has been learned yet.</source>
        <translation>还没有学到什么。</translation>
    </message>
    <message>
        <source>Stopped; it can go on from here.</source>
        <translation>已停止；可以从这里继续。</translation>
    </message>
    <message>
        <source>It ended with an error.</source>
        <translation>因错误而结束。</translation>
    </message>
    <message>
        <source>Another program is training this run.</source>
        <translation>另一个程序正在进行这次训练。</translation>
    </message>
    <message>
        <source>Clothes</source>
        <translation>服装</translation>
    </message>
    <message>
        <source>Shapes</source>
        <translation>图形</translation>
    </message>
    <message>
        <source>d MMM hh:mm</source>
        <comment>date and time in the name of a run</comment>
        <translation>M月d日 hh:mm</translation>
    </message>
    <message>
        <source>hh:mm</source>
        <comment>time in the name of a run of today</comment>
        <translation>hh:mm</translation>
    </message>
    <message>
        <source>d MMM</source>
        <comment>day in the name of an older run</comment>
        <translation>M月d日</translation>
    </message>
    <message>
        <source>Learning. It is too early to say how well.</source>
        <translation>正在学习，现在还看不出效果如何。</translation>
    </message>
    <message>
        <source>Getting ready.</source>
        <translation>正在准备。</translation>
    </message>
    <message>
        <source>Emoji</source>
        <translation>表情符号</translation>
    </message>
    <message>
        <source>It is ending.</source>
        <translation>正在结束。</translation>
    </message>
</context>
<context>
    <name>imago::RunsList</name>
    <message>
        <source>Trainings are kept here, with their pictures and curves. Start one at the right.</source>
        <translation>训练连同图片和曲线都保存在这里。在右侧开始一个。</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>新的训练</translation>
    </message>
    <message>
        <source>Choose data and a recipe for another training</source>
        <translation>为另一次训练选择数据和方案</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>训练</translation>
    </message>
</context>
<context>
    <name>imago::SampleGrid</name>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>The first pictures are on their way.</source>
        <translation>第一批图片正在路上。</translation>
    </message>
    <message>
        <source>seed %1</source>
        <translation>随机种子 %1</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) at step %1</source>
        <translation>
            <numerusform>第 %1 步的 %Ln 张图片</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>imago::SchemaForm</name>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Show the settings that are rarely needed</source>
        <translation>显示很少用到的设置</translation>
    </message>
</context>
<context>
    <name>imago::SetupPanel</name>
    <message>
        <source>One setting needs a look; it is marked above.</source>
        <translation>有一项设置需要检查；上面已标出。</translation>
    </message>
    <message>
        <source>The engine is being loaded.</source>
        <translation>正在加载引擎。</translation>
    </message>
    <message>
        <source>Kind of model</source>
        <translation>模型种类</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>方案</translation>
    </message>
    <message>
        <source>Train for</source>
        <translation>训练多久</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>The same seed and settings give the same model again</source>
        <translation>相同的随机种子和设置会得到相同的模型</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>minutes</source>
        <translation>分钟</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>minutes or steps</source>
        <translation>分钟或步</translation>
    </message>
    <message>
        <source>When this is reached the training saves and ends; it can be stopped earlier and go on later</source>
        <translation>到这里训练会保存并结束；也可以提前停止，以后再继续</translation>
    </message>
</context>
<context>
    <name>imago::StartPage</name>
    <message>
        <source>Teach your computer to make pictures</source>
        <translation>教你的电脑画图片</translation>
    </message>
    <message>
        <source>Everything happens on this machine. Nothing is sent anywhere.</source>
        <translation>一切都在这台电脑上进行，什么都不会发送出去。</translation>
    </message>
</context>
<context>
    <name>imago::StatusStrip</name>
    <message>
        <source>RAM %1 GB</source>
        <translation>内存 %1 GB</translation>
    </message>
    <message>
        <source>%1 pictures/s</source>
        <translation>%1 张/秒</translation>
    </message>
    <message>
        <source>step %1 / %2</source>
        <translation>第 %1 / %2 步</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n 秒</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分钟</translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>大约还需 %1</translation>
    </message>
</context>
<context>
    <name>imago::TrainWorkspace</name>
    <message>
        <source>Runs</source>
        <translation>训练记录</translation>
    </message>
    <message>
        <source>Setup</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Stop without saving</source>
        <translation>停止且不保存</translation>
    </message>
    <message>
        <source>Stop without saving? What it has learned since the last saved moment is lost.</source>
        <translation>不保存就停止吗？上次保存之后学到的内容会丢失。</translation>
    </message>
    <message>
        <source>Stop and save</source>
        <translation>停止并保存</translation>
    </message>
    <message>
        <source>Keep training</source>
        <translation>继续训练</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Teach a model, and watch it learn</source>
        <translation>教一个模型，看着它学习</translation>
    </message>
    <message>
        <source>&amp;New run</source>
        <translation>新的训练(&amp;N)</translation>
    </message>
    <message>
        <source>Choose data and a recipe for another training</source>
        <translation>为另一次训练选择数据和方案</translation>
    </message>
    <message>
        <source>Teach it my &amp;pictures…</source>
        <translation>让它学我的图片(&amp;P)…</translation>
    </message>
    <message>
        <source>Choose a folder of pictures to learn from</source>
        <translation>选择要学习的图片文件夹</translation>
    </message>
    <message>
        <source>&amp;Open a run…</source>
        <translation>打开训练(&amp;O)…</translation>
    </message>
    <message>
        <source>Open the folder of a run</source>
        <translation>打开一次训练的文件夹</translation>
    </message>
    <message>
        <source>&amp;Start training</source>
        <translation>开始训练(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Pause or resume</source>
        <translation>暂停或继续(&amp;P)</translation>
    </message>
    <message>
        <source>Waits after this step; nothing is lost</source>
        <translation>做完这一步后等待；什么都不会丢失</translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation>停止(&amp;T)</translation>
    </message>
    <message>
        <source>Finishes the step, saves, ends</source>
        <translation>完成这一步，保存，然后结束</translation>
    </message>
    <message>
        <source>Stop &amp;without saving</source>
        <translation>停止且不保存(&amp;W)</translation>
    </message>
    <message>
        <source>Ends at once; what came after the last saved moment is lost</source>
        <translation>立即结束；上次保存之后的内容会丢失</translation>
    </message>
    <message>
        <source>Sample &amp;now</source>
        <translation>立即采样(&amp;N)</translation>
    </message>
    <message>
        <source>Makes the samples of this moment</source>
        <translation>生成此刻的样本</translation>
    </message>
    <message>
        <source>Sa&amp;ve now</source>
        <translation>立即保存(&amp;V)</translation>
    </message>
    <message>
        <source>Saves this moment, to go on from here later</source>
        <translation>保存此刻，以后可以从这里继续</translation>
    </message>
    <message>
        <source>Teach it clothes</source>
        <translation>教它认识服装</translation>
    </message>
    <message>
        <source>Watch a model learn shirts, shoes and bags from nothing. You recognise the first ones after a minute or two.</source>
        <translation>看模型从零学会衬衫、鞋子和包。一两分钟后就能认出第一批。</translation>
    </message>
    <message>
        <source>Start learning</source>
        <translation>开始学习</translation>
    </message>
    <message>
        <source>Teach it my pictures</source>
        <translation>让它学我的图片</translation>
    </message>
    <message>
        <source>Choose a folder of pictures, or drop one here. Sub-folders become kinds that you can ask for.</source>
        <translation>选择一个图片文件夹，或拖到这里。子文件夹会成为可以指定的类别。</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Open a run</source>
        <translation>打开训练</translation>
    </message>
    <message>
        <source>Look back through a training, from the first noise to the last picture, or let it go on.</source>
        <translation>回看一次训练，从最初的噪声到最后的图片，或让它继续。</translation>
    </message>
    <message>
        <source>See my runs</source>
        <translation>查看我的训练</translation>
    </message>
    <message numerus="yes">
        <source>%Ln training(s) are still going.</source>
        <translation>
            <numerusform>有 %Ln 次训练还在进行。</numerusform>
        </translation>
    </message>
    <message>
        <source>A saved training can go on later, exactly from where it stopped.</source>
        <translation>保存的训练以后可以从停下的地方原样继续。</translation>
    </message>
    <message>
        <source>&amp;Training</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>Choose a folder of pictures</source>
        <translation>选择图片文件夹</translation>
    </message>
    <message>
        <source>Drop to open this run</source>
        <translation>松开以打开这次训练</translation>
    </message>
    <message>
        <source>Drop to teach Imago the pictures in “%1”</source>
        <translation>松开，让 Imago 学习“%1”里的图片</translation>
    </message>
</context>
<context>
    <name>imago::Workspace</name>
    <message>
        <source>A job waits for its turn.</source>
        <translation>有一个任务在等待。</translation>
    </message>
    <message>
        <source>A job that waits would be forgotten.</source>
        <translation>等待中的任务不会再执行。</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>“%1” is still going.</source>
        <translation>“%1”还在进行。</translation>
    </message>
    <message>
        <source>What “%1” has made so far would be lost.</source>
        <translation>“%1”目前的成果会丢失。</translation>
    </message>
    <message>
        <source>Keep going</source>
        <translation>让它继续</translation>
    </message>
</context>
</TS>
