"""Hunting: recordings of any number of hosts, judged by one function in either of two engines.

The way: files -> facts -> plan (jobs in groups of one host and boot, with their clock) -> engine
(`local` or `spark`, both by `judging.judge_group`) -> store -> answers -> text, lines, Parquet.
"""
