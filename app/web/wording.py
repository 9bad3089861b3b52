"""Texts of the sign-in pages and of error messages, in both languages.

The texts of the Compare page and of the other pages are in `app/ui/texts`.
"""

from collections.abc import Mapping

from storage.values import Language

_EN = {
    "sign_in": "Sign in",
    "sign_out": "Sign out",
    "tagline": "Blind comparisons of language models",
    "username": "User name",
    "password": "Password",
    "password_again": "Repeat password",
    "password_rule": "At least {shortest} characters.",
    "join": "Join Evenhand",
    "join_lead": "You are invited to compare or rate responses of language models. Choose a user name and a password.",
    "join_role": "Your role: {role}.",
    "create": "Create account",
    "leave": "Sign out of Evenhand?",
    "leave_lead": "Your votes are saved. You can continue later.",
    "stay": "Back",
    "home": "Go to the start page",
    "other_language": "中文",
    "role_admin": "administrator",
    "role_reviewer": "reviewer",
    "role_annotator": "annotator",
    "consent": "Before you start",
    "agree": "I agree and want to take part",
    "decline": "I do not want to take part",
    "declined": "You are not taking part. You have given no answers, so none are stored. Return the study on the "
    "platform that sent you here, or close this page. If you change your mind, open the study there again.",
    "declined_later": "You are not taking part any more. Answers that you have already sent stay saved. Return the "
    "study on the platform that sent you here, or close this page. To go on, open the study there again.",
    "consent_none": "You will compare or rate responses of language models. You can stop at any time.",
    "check": "A short check",
    "check_lead": "Answer these questions before you start. Tries left: {n}.",
    "check_again": "Not all answers are right. Read the guidelines and answer again. Tries left: {n}.",
    "check_missing": "Answer all questions. This was not counted as a try. Tries left: {n}.",
    "check_choose": "Choose an answer.",
    "check_send": "Continue",
    "guidelines": "Guidelines",
    "completion_code": "Your completion code",
    "completion_back": "Back to the platform",
    "error_check_failed": "Thank you for your interest. You cannot take part, because the check was not passed.",
    "error_dead_crowd": "This link does not work. It is incomplete, or the campaign takes no new people at the moment. "
    "Go back to the platform that sent you here.",
    "error_no_crowd_id": "This link lacks your participant id. Open the study from the platform again; do not copy the "
    "address. For the organisers: the address has no parameter {parameter}.",
    "error_wrong_credentials": "Wrong user name or password. Try again, or ask an administrator for a new one.",
    "error_too_many_attempts": "Too many failed attempts. Wait {seconds} seconds, then try again.",
    "error_bad_username": "A user name has 1 to {longest} visible characters. Choose another.",
    "error_bad_password": "A password has {shortest} to {longest} characters. Choose another.",
    "error_passwords_differ": "The two passwords are different. Enter them again.",
    "error_name_taken": "This user name is already taken. Choose another.",
    "error_dead_invite": "This invitation no longer works. It has been used or has expired; ask the person who sent "
    "it for a new one.",
    "error_signed_out": "You are signed out. Sign in again to continue.",
    "error_not_allowed": "Your account is not allowed to do this. Ask an administrator.",
    "error_not_found": "There is no page at this address. It may be incomplete or out of date.",
    "error_wrong_method": "This address does not accept this kind of request. Go back to the start page.",
    "error_other_origin": "This request did not come from a page of this site. Reload the page and try again.",
    "error_too_large": "The request is too large. Shorten your text and try again.",
    "error_too_slow": "The request took too long to arrive. Check your connection and try again.",
    "error_not_json": "The request must be a JSON object. Reload the page and try again.",
    "error_bad_field": "The field “{field}” is missing or has an invalid value. Reload the page and try again.",
    "error_unknown_field": "The field “{field}” is unknown. Reload the page and try again.",
    "error_bad_input": "The request contains an invalid value. Reload the page and try again.",
    "error_unknown_ballot": "This pair is not assigned to you or is no longer open. Reload the page to get another.",
    "error_unknown_campaign": "This campaign is closed, paused or not open to you. Choose another.",
    "error_nothing_to_undo": "You have no vote to take back.",
    "error_not_changeable": "This vote cannot be changed now, so it stays as it is.",
    "error_scores_not_changeable": "These scores cannot be changed now, so they stay as they are.",
    "error_unknown_responses": "These responses are not assigned to you or are no longer open. Reload the page to get "
    "others.",
    "error_responses_gone": "These responses were given back in the meantime. Here are others; no score was saved.",
    "error_unknown_conversation": "This conversation is not yours or does not exist. Reload the page.",
    "error_conversation_changed": "This conversation has changed in the meantime, for example in another tab. Reload "
    "the page.",
    "error_bad_prompt": "The prompt is empty, too long or holds characters that cannot be stored. Change it and send "
    "it again.",
    "error_cannot_begin": "The prompt is empty or too long, or fewer than two models can answer now. Change it, or "
    "try again later.",
    "error_too_many_conversations": "You have reached the number of conversations for today. Please come back "
    "tomorrow.",
    "error_too_many_prompts": "You have sent too many prompts within an hour. Wait a while and send it again.",
    "error_no_picture": "There is no image at this address, or it is not among those that you may see.",
    "error_picture_gone": "This image has been deleted.",
    "error_picture_erased": "This image was deleted from the store and cannot be added again. Choose another one.",
    "error_bad_picture": "This file is not a PNG, JPEG or WebP image that can be read, is animated, or has too many "
    "pixels. Choose another one.",
    "error_picture_too_large": "This image is larger than 5 MB. Make it smaller and attach it again.",
    "error_pictures_off": "This campaign takes no images. Send the prompt without them.",
    "error_wrong_pictures": "These images cannot be sent: there are more than ten, one is no longer here, or the "
    "conversation began without an image. Remove them or attach them again.",
    "error_too_few_see": "Fewer than two models can read images now. Send the prompt without images.",
    "error_too_many_pictures": "You have reached the number of images for today. Please come back tomorrow.",
    "error_prompt_refused": "This prompt holds something that is not allowed here. It was sent to no model; change it.",
    "error_moderation_down": "Prompts cannot be checked at the moment, so yours was sent to no model. Try again later.",
    "error_bad_scores": "A score is missing or not on the scale. Reload the page and try again.",
    "error_no_scores_to_undo": "You have no scores to take back.",
    "error_conflict": "This was changed in the meantime. Reload the page to see the current state.",
    "error_busy": "The database is busy. Nothing was changed; try again in a moment.",
    "error_store_damaged": "The database is damaged. Nothing was saved; ask the administrator to restore a backup.",
    "error_store_full": "The server's disk is full. Nothing was saved; ask the administrator to free some space.",
    "error_store_gone": "The database was moved or replaced. Nothing was saved; ask the administrator to restart the "
    "server.",
    "error_store_failed": "The database cannot be used at the moment. Nothing was saved; ask the administrator.",
    "error_file_value": "This page does not accept files. Reload the page and try again.",
    "error_failed": "The server had an error. Nothing you saved is lost; try again in a moment.",
}

_ZH = {
    "sign_in": "登录",
    "sign_out": "退出登录",
    "tagline": "语言模型盲评",
    "username": "用户名",
    "password": "密码",
    "password_again": "再次输入密码",
    "password_rule": "至少 {shortest} 个字符。",
    "join": "加入 Evenhand",
    "join_lead": "邀请您比较语言模型的回答或为其评分。请设置用户名和密码。",
    "join_role": "您的角色：{role}。",
    "create": "创建账号",
    "leave": "要退出 Evenhand 吗？",
    "leave_lead": "您的投票已保存，下次可以继续。",
    "stay": "返回",
    "home": "返回首页",
    "other_language": "English",
    "role_admin": "管理员",
    "role_reviewer": "审核员",
    "role_annotator": "标注员",
    "consent": "开始之前",
    "agree": "我同意并愿意参加",
    "decline": "我不参加",
    "declined": "您已选择不参加。您尚未开始标注，没有保存任何标注。请在发布任务的平台上退出任务，或直接关闭此页面。"
    "如果改变主意，可以从平台重新打开任务。",
    "declined_later": "您已选择退出。此前提交的标注仍会保留。请在发布任务的平台上退出任务，或直接关闭此页面。"
    "如需继续，可以从平台重新打开任务。",
    "consent_none": "您将比较语言模型的回答或为其评分，可随时停止。",
    "check": "小测验",
    "check_lead": "开始前请回答以下问题。剩余机会：{n} 次。",
    "check_again": "回答不全对，请再读一遍说明后重新作答。剩余机会：{n} 次。",
    "check_missing": "请回答所有问题。本次不计入次数。剩余机会：{n} 次。",
    "check_choose": "请选择一个选项。",
    "check_send": "继续",
    "guidelines": "标注说明",
    "completion_code": "您的完成码",
    "completion_back": "返回平台",
    "error_check_failed": "感谢您的关注。由于未通过测验，您无法参加。",
    "error_dead_crowd": "此链接无法使用。链接不完整，或任务已停止招募标注员。请回到发布任务的平台，重新打开链接。",
    "error_no_crowd_id": "链接缺少参与者编号。请回到发布任务的平台，从任务页重新打开链接，不要复制网址。"
    "供组织者参考：网址缺少参数 {parameter}。",
    "error_wrong_credentials": "用户名或密码错误。请重试；忘记密码请联系管理员。",
    "error_too_many_attempts": "失败次数过多。请等待 {seconds} 秒后重试。",
    "error_bad_username": "用户名须为 1 至 {longest} 个可见字符。请换一个。",
    "error_bad_password": "密码须为 {shortest} 至 {longest} 个字符。请换一个。",
    "error_passwords_differ": "两次输入的密码不一致。请重新输入。",
    "error_name_taken": "该用户名已被使用。请换一个。",
    "error_dead_invite": "邀请链接已失效。链接已被使用或已过期；请联系邀请您的人，索取新的链接。",
    "error_signed_out": "您已退出登录。请重新登录后继续。",
    "error_not_allowed": "您的账号无权执行此操作。请联系管理员。",
    "error_not_found": "页面不存在。链接可能有误或已失效。",
    "error_wrong_method": "此地址不支持这种请求方式。请返回首页。",
    "error_other_origin": "此请求并非来自本站页面。请刷新页面后重试。",
    "error_too_large": "请求内容过大。请缩短文字后重试。",
    "error_too_slow": "请求传输超时。请检查网络连接后重试。",
    "error_not_json": "请求须为一个 JSON 对象。请刷新页面后重试。",
    "error_bad_field": "字段“{field}”缺失或内容无效。请刷新页面后重试。",
    "error_unknown_field": "无法识别字段“{field}”。请刷新页面后重试。",
    "error_bad_input": "请求中有无效的内容。请刷新页面后重试。",
    "error_unknown_ballot": "这一组未分配给您或已失效。请刷新页面获取新的一组。",
    "error_unknown_campaign": "该标注任务已关闭、已暂停或未向您开放。请选择其他任务。",
    "error_nothing_to_undo": "没有可以撤回的投票。",
    "error_not_changeable": "该投票目前无法修改，原有选择保持不变。",
    "error_scores_not_changeable": "这些分数目前无法修改，原有分数保持不变。",
    "error_unknown_responses": "这些回答未分配给您或已失效。请刷新页面获取新的内容。",
    "error_responses_gone": "这些回答已被收回，分数未保存。现为您显示其他回答。",
    "error_unknown_conversation": "该对话不存在或不属于您。请刷新页面。",
    "error_conversation_changed": "该对话已发生变化，可能是在其他标签页中操作过。请刷新页面。",
    "error_bad_prompt": "提示词为空、过长或含有无法保存的字符。请修改后重新发送。",
    "error_cannot_begin": "提示词为空或过长，或当前可回答的模型不足两个。请修改后重试，或稍后再来。",
    "error_too_many_conversations": "您今天的对话次数已达上限。请明天再来。",
    "error_too_many_prompts": "您在一小时内发送的提示词过多。请稍后重试。",
    "error_no_picture": "此地址没有图片，或您无权查看。",
    "error_picture_gone": "此图片已被删除。",
    "error_picture_erased": "此图片已从数据库中删除，无法再次添加。请选择其他图片。",
    "error_bad_picture": "此文件不是可读取的 PNG、JPEG 或 WebP 图片，或为动图，或像素过多。请选择其他图片。",
    "error_picture_too_large": "此图片超过 5 MB。请缩小后重新添加。",
    "error_pictures_off": "该任务不接收图片。请去掉图片后发送。",
    "error_wrong_pictures": "这些图片无法发送：可能超过十张、已不存在，或对话开头没有图片。请移除或重新添加。",
    "error_too_few_see": "目前能读取图片的模型不足两个。请去掉图片后发送。",
    "error_too_many_pictures": "您今天添加的图片已达上限。请明天再来。",
    "error_prompt_refused": "提示词含有不允许的内容，未发送给任何模型。请修改后重试。",
    "error_moderation_down": "目前无法审核提示词，因此未发送给任何模型。请稍后重试。",
    "error_bad_scores": "有分数缺失或不在分值范围内。请刷新页面后重试。",
    "error_no_scores_to_undo": "没有可以撤回的分数。",
    "error_conflict": "内容已被更改。请刷新页面查看最新状态。",
    "error_busy": "数据库正忙，未作任何更改。请稍后重试。",
    "error_store_damaged": "数据库已损坏，本次操作未保存。请联系管理员恢复备份。",
    "error_store_full": "服务器磁盘已满，本次操作未保存。请联系管理员清理磁盘空间。",
    "error_store_gone": "数据库文件已被移动或替换，本次操作未保存。请联系管理员重启服务。",
    "error_store_failed": "数据库暂时无法使用，本次操作未保存。请联系管理员。",
    "error_file_value": "此页面不接收文件。请刷新页面后重试。",
    "error_failed": "服务器出错。已保存的内容不会丢失，请稍后重试。",
}

TEXTS: Mapping[Language, Mapping[str, str]] = {"en": _EN, "zh": _ZH}


def text(language: Language, key: str, /, **values: object) -> str:
    """Return a text with its placeholders filled.

    Raises:
        KeyError: there is no text with this key, or a placeholder has no value.
    """
    return TEXTS[language][key].format(**values)


def error_text(language: Language, code: str, /, **values: object) -> str:
    """Return the message for an error code."""
    return text(language, f"error_{code}", **values)
