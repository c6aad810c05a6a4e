//lint:file-ignore U1000 only the types matter

package rtype

// The types here are compiled, and made anew from this very text by TestMirror. There must
// be no imports.

type (
	mBool   bool
	mInt    int
	mFloat  float64
	mString string
	mBytes  []byte

	mEmpty struct{}
	mPad   struct {
		a int8
		b int64
		c int8
	}
	mTail struct {
		a int
		z struct{}
	}
	mBlank struct {
		a int
		_ int
		b string
	}
	mMixed struct {
		Name  string `json:"name,omitempty" xml:"n"`
		f     float32
		any   any
		err   error
		Inner struct {
			X, y int
			_    [3]byte
		}
		fn func(mMixed, ...*mMixed) (mMixed, error)
		c  [4]complex64
	}
	mNot struct { // can't be compared
		a int
		_ []int
	}
	mWord struct{ p *mWord } // fits an interface's data word
	mOne  [1]*mOne

	mNode struct {
		next *mNode
		kids []mNode
		m    map[string]mNode
		byPt map[*mNode][2]mNode
		f    func(mNode) mNode
		ch   chan mNode
		in   <-chan mNode
		out  chan<- *mNode
		a    [2]*mNode
	}
	mKey struct {
		p *map[mKey]int
		s string
		f float64
	}
	mKeys    map[mKey]mKey
	mSelfF   func(mSelfF) mSelfF
	mSelfL   []mSelfL
	mSelfM   map[string]mSelfM
	mSelfP   *mSelfP
	mSelfC   chan mSelfC
	mSelfI   interface{ M(mSelfI) mSelfI }
	mSelfA   [2][]mSelfA
	mThrough struct{ X interface{ Get() mThrough } }
	mCycleA  struct{ b *mCycleB }
	mCycleB  struct{ a []mCycleA }
	mVari    func(int, ...string)
	mChan    chan (<-chan int)

	mIface interface {
		Exported(int) string
		error
		private() mIface
	}
	mNone interface{}

	mBig    struct{ a [20000]*int }
	mBigger struct {
		x int
		b [2]mBig
		s string
	}
	mLongKeys map[[40]int][50]string

	mGen[K comparable, V any] struct {
		key K
		val V
		sub *mGen[K, V]
	}
	mInst = mGen[string, mNode]
	mDeep = mGen[mGen[int, string], map[string]mGen[bool, error]]

	mBase        struct{ n int }
	mWithMethods struct {
		*mBase
		mIface
		more int
	}
)

func (b mBase) Value() int         { return b.n }
func (b *mBase) Set(int)           {}
func (b mBase) hidden()            {}
func (i mInt) Twice() mInt         { return 2 * i }
func (f mSelfF) Call(...int) error { return nil }
func (w mWord) Word() *mWord       { return w.p }
func (w *mWord) Change()           {}
func (g mGen[K, V]) Get() (K, V)   { return g.key, g.val }
func (g *mGen[K, V]) Put(k K, v V) {}
func (mBytes) Len() int            { return 0 }
func (mKeys) Has(mKey) bool        { return false }

// Types without names.
var (
	uAnon struct {
		A int
		b string `tag:"\"x\""`
	}
	uEmbed struct {
		mBase
		x int
	}
	uEmbedPtr struct{ *mBase }
	uEmbedIf  struct {
		mIface
		*mInt
	}
	uBlank struct {
		_ float64
		_ func(int)
		a int8
	}
	uIface interface {
		Get() mNode
		set(int, ...string)
		other() struct{}
	}
	uNested map[struct{ a, b mInt }][]func(interface{ F(mNode) }) (chan<- struct{ mBase }, error)
	uBoth   interface {
		mSelfI
		Z()
	}
)
