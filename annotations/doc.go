// Package annotations is the directive language: //cache:ttl=600 prefix=contact.
package annotations
