#!/bin/sh
# Makes the certificates of this folder again: for each kind of key an authority and a server's
# certificate that it has issued. Their private keys are thrown away.
set -e
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' > "$tmp/ca.ext"
printf 'subjectAltName=DNS:device.example\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n' > "$tmp/leaf.ext"
make() {
    kind=$1
    shift
    openssl genpkey -out "$tmp/ca.key" "$@"
    openssl genpkey -out "$tmp/leaf.key" "$@"
    openssl req -new -key "$tmp/ca.key" -subj /CN=ca -out "$tmp/ca.csr"
    openssl req -new -key "$tmp/leaf.key" -subj /CN=leaf -out "$tmp/leaf.csr"
    openssl x509 -req -in "$tmp/ca.csr" -signkey "$tmp/ca.key" -days 36500 -extfile "$tmp/ca.ext" -out "$tmp/ca.pem"
    openssl x509 -req -in "$tmp/leaf.csr" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" -set_serial 7 -days 36500 \
        -extfile "$tmp/leaf.ext" -out "$tmp/leaf.pem"
    openssl x509 -in "$tmp/ca.pem" -outform DER -out "ca-$kind.der"
    openssl x509 -in "$tmp/leaf.pem" -outform DER -out "leaf-$kind.der"
}
make p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
make p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
make rsa2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
make rsa3072 -algorithm RSA -pkeyopt rsa_keygen_bits:3072
make ed25519 -algorithm ED25519
