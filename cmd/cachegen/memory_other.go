//go:build !linux

package main

func heapInHugePages(int) {}
