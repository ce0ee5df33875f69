# Every value that is to be recorded, by the name of its case. What `later` says is unknown until it was applied.

terraform {
  required_providers {
    recorder = { source = "smartag/recorder" }
  }
}

resource "terraform_data" "later" {
  input = { text = "x", number = 7, truth = true, list = ["a", "b"], map = { k = "v" } }
}

locals {
  later   = terraform_data.later.output
  chooser = terraform_data.later.output.text == "x"
}

resource "recorder_string" "this" {
  for_each = {
    null       = null
    empty      = ""
    short      = "a"
    lines      = "one\ntwo\t\"three\" <&> \u2028"
    unicode    = "héllo ☃ 𝄞"
    decomposed = "e\u0301"
    fixstr     = join("", [for i in range(31) : "x"])
    str8       = join("", [for i in range(32) : "x"])
    str16      = join("", [for i in range(300) : "x"])
    unknown    = tostring(local.later.text)
    prefix     = "from-${local.later.text}"
    long       = "${join("", [for i in range(300) : "x"])}${local.later.text}"
    not_null   = local.chooser ? "a" : "b"
  }
  case  = each.key
  value = each.value
}

resource "recorder_number" "this" {
  for_each = {
    null           = null
    zero           = 0
    minus_one      = -1
    fixint_last    = 127
    u8_first       = 128
    u16_first      = 256
    u32_first      = 65536
    u64_first      = 4294967296
    nfix_last      = -32
    i8_first       = -33
    i16_first      = -129
    i32_first      = -32769
    i64_first      = -2147483649
    i64_max        = 9223372036854775807
    i64_max_plus   = 9223372036854775808
    i64_min        = -9223372036854775808
    i64_min_minus  = -9223372036854775809
    u64_max        = 18446744073709551615
    half           = 0.5
    one_and_a_half = 1.5
    minus_quarter  = -0.25
    tenth          = 0.1
    tiny           = 1e-7
    quintillions   = 1e30
    huge           = 1e300
    long           = 123456789012345678901234567890.123456789
    third          = 1 / 3
    negated_zero   = -0
    unknown        = tonumber(local.later.number)
    at_least       = length(tolist(local.later.list))
    between        = local.chooser ? 1.5 : 10
  }
  case  = each.key
  value = each.value
}

resource "recorder_bool" "this" {
  for_each = {
    null     = null
    true     = true
    false    = false
    unknown  = tobool(local.later.truth)
    not_null = local.chooser
  }
  case  = each.key
  value = each.value
}

resource "recorder_dynamic" "this" {
  for_each = {
    null          = null
    typed_null    = tostring(null)
    string        = "x"
    number        = 1.5
    big           = 1e30
    bool          = true
    tuple         = ["a", 1, null]
    empty_tuple   = []
    list          = tolist(["a", "b"])
    set           = toset(["b", "a"])
    map           = tomap({ k = "v" })
    object        = { a = "x", b = { c = [1, true] }, nothing = null }
    empty_object  = {}
    odd_names     = { "a b" = 1, "é" = 2, "\"" = 3 }
    escaped_names = { "<&>" = 1 }
    unknown       = local.later
    typed_unknown = tostring(local.later.text)
    prefix        = "from-${local.later.text}"
    inner_unknown = { a = local.later, b = tonumber(local.later.number), c = "from-${local.later.text}" }
    unknown_list  = tolist([tostring(local.later.text), "a"])
  }
  case  = each.key
  value = each.value
}

resource "recorder_list" "this" {
  for_each = {
    null    = null
    empty   = []
    some    = ["b", "a", "a"]
    array16 = [for i in range(16) : "x${i}"]
    inner   = ["a", null, tostring(local.later.text), "from-${local.later.text}"]
    unknown = tolist(local.later.list)
    length  = local.chooser ? tolist(["a"]) : tolist(["b", "c", "d"])
  }
  case  = each.key
  value = each.value
}

resource "recorder_number_list" "this" {
  for_each = { some = [1e30, 0.1, -1, 1.5, null], inner = [tonumber(local.later.number), 1] }
  case     = each.key
  value    = each.value
}

resource "recorder_set" "this" {
  for_each = {
    null    = null
    empty   = []
    some    = ["b", "a", "B", "é", "", "aa"]
    nulls   = ["b", null, "a"]
    inner   = ["b", null, tostring(local.later.text), "from-${local.later.text}", "a"]
    two     = [tostring(local.later.text), tostring(local.later.text)]
    unknown = toset(local.later.list)
    length  = local.chooser ? toset(["a"]) : toset(["b", "c"])
  }
  case  = each.key
  value = each.value
}

resource "recorder_number_set" "this" {
  for_each = { some = [10, 9.5, -1, 1e30, 0.1, 2, -9.5, -10, 0], nulls = [2, null, 1], inner = [tonumber(local.later.number), 1, null] }
  case     = each.key
  value    = each.value
}

resource "recorder_bool_set" "this" {
  for_each = { some = [true, false], nulls = [true, null], inner = [tobool(local.later.truth), false] }
  case     = each.key
  value    = each.value
}

resource "recorder_object_set" "this" {
  for_each = {
    empty = []
    some  = [{ name = "b", size = 1 }, { name = "a", size = 20 }, { name = "a", size = 3 }, { name = null, size = 3 }]
    nulls = [{ name = "b", size = null }, null]
    inner = [{ name = tostring(local.later.text), size = 1 }, { name = "from-${local.later.text}", size = 2 }]
  }
  case  = each.key
  value = each.value
}

resource "recorder_list_set" "this" {
  for_each = { some = [["b"], [], ["a", "b"], ["a"]], inner = [[tostring(local.later.text)], ["a"]] }
  case     = each.key
  value    = each.value
}

resource "recorder_map" "this" {
  for_each = {
    null    = null
    empty   = {}
    some    = { b = "1", a = "2", "" = "3", "é" = null, "a b" = "" }
    map16   = { for i in range(16) : "k${i}" => "v" }
    inner   = { a = tostring(local.later.text), b = "from-${local.later.text}", c = null }
    unknown = tomap(local.later.map)
    length  = local.chooser ? tomap({ a = "1" }) : tomap({ a = "1", b = "2" })
  }
  case  = each.key
  value = each.value
}

resource "recorder_set_map" "this" {
  for_each = { some = { x = ["b", "a"], y = [], z = null }, inner = { x = [tostring(local.later.text), "a"] } }
  case     = each.key
  value    = each.value
}

resource "recorder_object" "this" {
  for_each = {
    null    = null
    some    = { any = { k = [1] }, flag = true, name = "x", sizes = [1, 2.5] }
    nulls   = { any = null, flag = null, name = null, sizes = null }
    inner   = { any = local.later, flag = local.chooser, name = "from-${local.later.text}", sizes = [tonumber(local.later.number)] }
    unknown = { any = tostring(local.later.text), flag = tobool(local.later.truth), name = tostring(local.later.text), sizes = tolist(local.later.list) == null ? null : [1] }
  }
  case  = each.key
  value = each.value
}

resource "recorder_tuple" "this" {
  for_each = {
    null  = null
    some  = ["x", 1.5, { k = true }]
    nulls = [null, null, null]
    inner = [tostring(local.later.text), tonumber(local.later.number), { k = local.chooser }]
  }
  case  = each.key
  value = each.value
}

resource "recorder_deep" "this" {
  for_each = {
    some  = [{ b = { pair = ["x", ["b", "a"]] }, a = { pair = ["y", []] } }, {}]
    inner = [{ k = { pair = ["from-${local.later.text}", [tostring(local.later.text), "a"]] } }, null]
  }
  case  = each.key
  value = each.value
}

resource "recorder_blocks" "none" {
  case = "none"
}

resource "recorder_blocks" "some" {
  case = "some"
  group {
    name = "g"
  }
  list {
    name = "b"
    size = 2
  }
  list {
    name = "a"
  }
  map "k" {
    size = 1.5
  }
  set {
    name = "b"
  }
  set {
    name = "a"
    size = 1
  }
  single {}
}

resource "recorder_blocks" "inner" {
  case = "inner"
  list {
    name = "from-${local.later.text}"
    size = tonumber(local.later.number)
  }
  set {
    name = local.later.text
  }
}

resource "recorder_blocks" "unknown" {
  case = "unknown"
  dynamic "list" {
    for_each = tolist(local.later.list)
    content {
      name = list.value
    }
  }
  dynamic "set" {
    for_each = toset(local.later.list)
    content {
      name = set.value
    }
  }
}
