"""Words that tell where a name begins, what ends one, and what an author calls something in one article only."""

import re

from rag.articles.blocks import words

# What an author calls something in one article only.
LOCAL = words(
    "公司 本公司 该公司 上市公司 集团 企业 协会 学会 大会 论坛 中心 本中心 基金 基金会 本基金 委员会 法院 检察院 "
    "本所 双方 甲方 乙方 丙方 原告 被告 申请人 被申请人 标的公司 目标公司 标的资产 学院 学校 大学 医院 银行 本行 "
    "证券 保险 联盟 组委会 筹委会 管委会 执委会 博览会 展会 展览会 交易会 年会 峰会 赛事 比赛 大赛 联赛 活动 项目 "
    "本项目 平台 系统 意见 通知 办法 规定 方案 条例 指南 公告 报告 规划 计划 细则 决定 协议 合同 合约 本次发行 "
    "本次交易 本次重组 本次会议 示范区 园区 新区 开发区 高新区 经开区 自贸区 试验区 合作区 实验室 研究院 研究所 "
    "研究中心 运动会 政府 市局 省局 总局 总队 支队 大队 分局 分公司 子公司 实控人 股东 大股东 控股股东 发行人 "
    "债券 股份 电影节 音乐节 文化节 艺术节 晚会 课题组 工作组 领导小组 办公室 指挥部 车站 机场 大桥 隧道 高铁 "
    "地铁 工程 本工程 指数 标准 课程 电站 工厂 基地 园 馆 展 队 俱乐部 球队 国家队 夏令营 训练营 联合体 事务所 "
    "律所 本律所 案件 本案 预案 清单 名单 基金管理人 管理人 保荐机构 主承销商 投资者 激励计划 本激励计划 系列 "
    "产品 服务 模型 大模型 技术 中介 客户 大设施"
)
# Words that stand before a proper name as part of it, whatever their tag.
LEADING = words(
    "国家 全国 世界 国际 亚洲 欧洲 非洲 中央 中国 中华 全球 海峡 亚太 东亚 联合国 省 市 区 县 人民 中共 州 北方 南方"
)
LEADING_TAGS = frozenset({"ns", "nz", "nt", "j"})
NUMBERED = re.compile(r"第?\d*届?|第?[一二三四五六七八九十]+届?")
NAME_TAGS = frozenset({"n", "ns", "nt", "nz", "nrt", "vn", "an", "j", "b", "l", "eng", "ng", "a", "i", "vg", "k"})
IN_NAMES = words("中期 长期 短期 今日 夏季 冬季 每日 国内 采购 综合 环球")
# 竞争与市场管理局: such a word joins two words of one name; their tags.
JOINED = frozenset("与和及暨")
JOINABLE_TAGS = frozenset({"n", "vn", "v", "ns", "b", "an"})
# With these a name of several words ends; one before another name is not part of it.
ENDS = re.compile(
    "(?:公司|集团|局|厅|委|部|院|所|会|中心|银行|大学|政府|协会|署|社|组织|联盟|基金|总统|总理|主席|部长|外长|机构|媒体|报道|"
    "企业|巨头|品牌|厂商|平台|记者|专家|教授|主任|会长|院长|所长|董事长|总裁|经理|负责人|旗下|官方|消息|公告|官网|日报)$"
)
# An organisation's or a term's last characters, where nothing but its tags speaks for a name.
NOUN_END = re.compile(
    "(?:组织|联盟|委员会|协会|学会|联合会|基金会|理事会|议会|商会|公司|集团|银行|大学|学院|研究院|研究所|实验室|中心|局|署|部|"
    "院|厅|处|会议|法院|法庭|协定|协议|条约|公约|计划|倡议|指数|利率|工具|便利|系统|技术|网络|病毒|疫苗|疾病|综合征|综合症|"
    "癌|症|炎|蛋白|电池|材料|芯片|处理器|内存|电路|模型|算法|智能|现实|接口|标准|平台|服务|软件|车辆|汽车|设备|装置|"
    "社|报|台|网|频道|媒体|航空|机场|联赛|锦标赛|运动会|奥运会|世界杯|展览会|博览会|交易所|资金|基金|贷款|债券|证券|合约|"
    "国家|共同体|同盟|论坛|峰会|部队|军|警察|警方|党|工会|总会|价格|总值|经济|收入|成本|利润|率|值|量|素|酸|酶|"
    "体|物|机|仪|器|车|船|弹|雷达|卫星|项目|工程|体系|机制|模式|方案|认证|考试|课程|专业|学位|证书|管理|"
    "检查|检测|测试|治疗|疗法|手术|药物|交易|投资|融资|保险|支付|成像|显示|照明|通信|定位|导航|驾驶|控制|交互|体验)$"
)
# Before these a name is at its beginning. A verb stands in names as well (采购经理人指数), but not these.
STOP_TAGS = frozenset({"p", "c", "u", "uj", "ul", "uz", "uv", "d", "t", "r", "y", "df"})
STOP_VERBS = words(
    "发布 接受 加入 担任 成立 负责 获得 获 引用 援引 利用 提供 开展 推动 使用 实现 采用 进行 属 向 称 表示 公布 "
    "报道 要求 支持 退出 包括 涉及 出席 参加 举行 启动 推出 研发 开发 搭载 配备 打造 构建 联合 通知 告诉 起诉 "
    "收购 位于 来自 成为 作为 属于 创立 创办 召开 签署 宣布 介绍 显示 认为 指出 召集 基于 引入 批准 通过 取得 "
    "根据 感染 患有 患 接种 出任 当选 旗下 下属 所属 隶属 编制者 等"
)
# What says of a thing how it is there, and is no part of its name.
NO_BEGINNING = words(
    "综合 研究 发展 生产 制造 销售 检测 治疗 建设 申请 推进 推广 低成本 主要 全市 全省 本市 我国 我省 我市 "
    "全县 全区 首个 最大 著名 知名 新型 部分 相关 当地 其他 多个 所谓 负责 本地 同属 同期 前 原 该"
)
# With these a bracket says something about what stands before it, instead of naming it.
NO_NAME = re.compile(
    "[被原前现即含约如以不又曾由经已在从向对为是有无未其该本各每某更最也都将可能会要包括饰演来自源于见注]"
)
# Sizes, shares, versions and other capitals that stand in brackets and name nothing.
NO_ACRONYM = re.compile(
    r"[IVX]+|[A-H]|SZ|SH|HK|US|BJ|ST|OTC|NASDAQ|NYSE|GB|TB|MB|KB|MW|GW|KW|MHZ|GHZ|PRO|MAX|PLUS|ULTRA|"
    r"VIP|NEW|OLED|LCD|LED|USB|PC|TV|OK|NO|OR|AND|[A-Z]\d+|ETF|LOF|QDII|FOF|UTC|GMT|TOP\d*|PDF|APP",
    re.IGNORECASE,
)
